/** A terminal to write to, with fewer bytes for the same picture: a line can be slow. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequence "to the beginning of the next line" (ECMA-48, CNL), several times
const NEXT_LINES = /(?:\x1b\[E){2,}/g;

/** Ink goes down line by line over what has not changed; one sequence goes as far. */
export function thin(text: string): string {
  return text.replace(NEXT_LINES, (all) => `\x1b[${all.length / 3}E`);
}

/** The same stream, but for what is written as text. */
export function thinOutput(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  const write = (chunk: unknown, ...rest: unknown[]): boolean =>
    Reflect.apply(stream.write, stream, [typeof chunk === 'string' ? thin(chunk) : chunk, ...rest]);
  return new Proxy(stream, {
    get(target, name) {
      if (name === 'write') return write;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
