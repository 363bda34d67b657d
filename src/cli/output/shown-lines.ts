/** What a terminal shows, line by line, so that a new picture costs only the lines that are other ones. */

const CLEAR_LINE_END = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
const CLEAR_ALL = '\x1b[H\x1b[J';

export class ShownLines {
  /** undefined: nobody knows what is shown. */
  #lines: readonly string[] | undefined;

  /** The next picture is drawn whole. */
  forget(): void {
    this.#lines = undefined;
  }

  /** @returns what brings the terminal to these lines (ECMA-48: CUP, EL, ED); empty when it shows them already */
  update(lines: readonly string[]): string {
    const before = this.#lines ?? [];
    const changes = lines.flatMap((line, at) =>
      line === before[at] ? [] : [`${cursorTo(at)}${line}${CLEAR_LINE_END}`],
    );
    const isShorter = lines.length < before.length;
    const start = this.#lines === undefined ? CLEAR_ALL : '';
    this.#lines = [...lines];
    return start + changes.join('') + (isShorter ? `${cursorTo(lines.length)}${CLEAR_BELOW}` : '');
  }
}

/** The first column of a line, counted from 0. */
function cursorTo(line: number): string {
  return `\x1b[${line + 1};1H`;
}
