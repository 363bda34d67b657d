/** A terminal to write to, with fewer bytes for the same picture: a line can be slow. */

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: escape sequences are what this is about
/** "To the beginning of the next line" (ECMA-48, CNL), several times. */
const NEXT_LINES = /(?:\x1b\[E){2,}/g;
/** A colour, or a weight, that is given up before anything was written in it. */
const UNUSED = /\x1b\[(?:(?:3[0-7]|9[0-7]|38;5;\d+|38;2;\d+;\d+;\d+)m(?=\x1b\[39m)|[12]m(?=\x1b\[22m))/g;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: as above

/** Ink goes down line by line over what has not changed, and repeats the colours that came before on a line. */
export function thin(text: string): string {
  return text.replace(NEXT_LINES, (all) => `\x1b[${all.length / 3}E`).replace(UNUSED, '');
}

/** The same stream, but for what is written as text. @param expand puts in what the text stands for */
export function thinOutput(stream: NodeJS.WriteStream, expand: (text: string) => string): NodeJS.WriteStream {
  const write = (chunk: unknown, ...rest: unknown[]): boolean =>
    Reflect.apply(stream.write, stream, [typeof chunk === 'string' ? expand(thin(chunk)) : chunk, ...rest]);
  return new Proxy(stream, {
    get(target, name) {
      if (name === 'write') return write;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
