/** Waits for a key while the terminal is lent out. */

/** Writes the text, and settles with the next key, or when standard input ends. */
export async function awaitKey(text: string): Promise<void> {
  const { stdin, stdout } = process;
  stdout.write(`${text}`);
  if (!stdin.isTTY) return;
  stdin.setRawMode(true);
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      stdin.off('data', settle).off('end', settle);
      resolve();
    };
    stdin.on('data', settle).on('end', settle).resume();
  });
  stdin.pause();
  stdin.setRawMode(false);
  stdout.write('\n');
}
