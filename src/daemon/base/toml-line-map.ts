/** Lines of the keys of a document, by key path. */

export class LineMap {
  readonly #text: string;
  readonly #offsets = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
  }

  /** The first record of a path stays: for a table that is where it begins. */
  record(path: readonly string[], offset: number): void {
    const name = JSON.stringify(path);
    if (!this.#offsets.has(name)) this.#offsets.set(name, offset);
  }

  /** Line (from 1) of the key, else of the nearest table around it, else null. */
  lineOf(path: readonly string[]): number | null {
    for (let length = path.length; length > 0; length--) {
      const offset = this.#offsets.get(JSON.stringify(path.slice(0, length)));
      if (offset !== undefined) return lineAt(this.#text, offset);
    }
    return null;
  }
}

/** Line (from 1) of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
