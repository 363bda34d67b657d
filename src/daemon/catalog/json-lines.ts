/** On which line a key of a JSON text stands, and on which line it stops being JSON (RFC 8259). */

import { LineMap, lineAt } from '../base/toml-line-map.ts';

/** Deepest nesting that a manifest may have. */
export const MAX_JSON_DEPTH = 100;

export interface JsonLines {
  /** Line (from 1) of the key, else of what is around it, else null. */
  lineOf(path: readonly string[]): number | null;
  /** Set when the text is not JSON, or nested too deep. */
  readonly fault?: { readonly line: number; readonly what: string };
}

const SPACE = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON refuses just these
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

export function findJsonLines(text: string): JsonLines {
  const walk = new JsonWalk(text);
  try {
    walk.walk();
    return { lineOf: (path) => walk.lines.lineOf(path) };
  } catch (thrown) {
    if (!(thrown instanceof JsonFault)) throw thrown;
    const fault = { line: lineAt(text, thrown.offset), what: thrown.message };
    return { lineOf: (path) => walk.lines.lineOf(path), fault };
  }
}

/** Ends the walk; never leaves this file. */
class JsonFault extends Error {
  readonly offset: number;

  constructor(what: string, offset: number) {
    super(what);
    this.offset = offset;
  }
}

class JsonWalk {
  readonly lines: LineMap;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.lines = new LineMap(text);
  }

  walk(): void {
    this.#value([]);
    if (this.#at < this.#text.length) this.#fail('something follows behind its end');
  }

  /** A value with the space around it. */
  #value(path: readonly string[]): void {
    this.#take(SPACE);
    if (path.length > MAX_JSON_DEPTH) this.#fail(`nested deeper than ${MAX_JSON_DEPTH} levels`);
    const first = this.#text[this.#at];
    if (first === '{') this.#list('}', () => this.#pair(path));
    else if (first === '[') this.#list(']', (index) => this.#item([...path, String(index)]));
    else if (first === '"') this.#string();
    else if (this.#take(WORD) === '')
      this.#fail(first === undefined ? 'it ends too early' : 'expected a value');
    this.#take(SPACE);
  }

  #list(end: '}' | ']', item: (index: number) => void): void {
    this.#at++;
    this.#take(SPACE);
    if (this.#isPast(end)) return;
    for (let index = 0; ; index++) {
      item(index);
      if (this.#isPast(end)) return;
      if (!this.#isPast(',')) this.#fail(this.#isAtEnd() ? 'it ends too early' : `expected "," or "${end}"`);
    }
  }

  #item(path: readonly string[]): void {
    this.#take(SPACE);
    this.lines.record(path, this.#at);
    this.#value(path);
  }

  #pair(path: readonly string[]): void {
    this.#take(SPACE);
    const start = this.#at;
    if (this.#text[start] !== '"')
      this.#fail(this.#isAtEnd() ? 'it ends too early' : 'expected a key in double quotes');
    const key = JSON.parse(this.#string()) as string;
    const inner = [...path, key];
    this.lines.record(inner, start);
    this.#take(SPACE);
    if (!this.#isPast(':')) this.#fail('expected ":"');
    this.#value(inner);
  }

  #string(): string {
    const string = this.#take(STRING);
    if (string === '') this.#fail('a text that is not closed, or has a bad escape or control character');
    return string;
  }

  #isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  #isPast(mark: string): boolean {
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += taken.length;
    return taken;
  }

  #fail(what: string): never {
    throw new JsonFault(what, this.#at);
  }
}
