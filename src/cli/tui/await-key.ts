/** Waits for a key while the terminal is lent out. */

/** Writes the text, and settles with the next key, or when standard input ends. */
export async function awaitKey(text: string): Promise<void> {
  const { stdin, stdout } = process;
  stdout.write(`${text}`);
  if (!stdin.isTTY) return;
  stdin.setRawMode(true);
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      if (stdin.read() === null && !stdin.readableEnded) return;
      stdin.off('readable', settle).off('end', settle);
      resolve();
    };
    // As Ink reads: a stream that flows and is paused again would not be read from by it.
    stdin.on('readable', settle).on('end', settle).ref();
  });
  stdin.setRawMode(false);
  stdout.write('\n');
}
