/**
 * On which line a key of a TOML document stands: smol-toml gives values without positions. The text must be TOML
 * that smol-toml takes; for any other text the answers mean nothing, but there is always an end.
 */

import { parse } from 'smol-toml';
import { LineMap } from './toml-line-map.ts';

const BARE_KEY = /[A-Za-z0-9_-]+/y;
const BLANK = /[ \t]*/y;
const BLANK_AND_COMMENTS = /(?:[ \t\r\n]+|#[^\n]*)*/y;
const BARE_VALUE = /[^,\]}#\n]*/y;
const QUOTES = ['"""', "'''", '"', "'"] as const;

/** Maps key paths to lines; indexes of arrays (of tables too) are segments: `access`, `0`, `role`. */
export function findTomlLines(text: string): LineMap {
  return new TomlWalk(text).walk();
}

class TomlWalk {
  readonly #text: string;
  readonly #lines: LineMap;
  /** How many `[[name]]` there were of each array of tables. */
  readonly #counts = new Map<string, number>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#lines = new LineMap(text);
  }

  walk(): LineMap {
    let table: readonly string[] = [];
    this.#skip(BLANK_AND_COMMENTS);
    while (this.#at < this.#text.length) {
      const start = this.#at;
      if (this.#text[this.#at] === '[') table = this.#header();
      else this.#pair(table);
      this.#skip(BLANK_AND_COMMENTS);
      if (this.#at === start) this.#at++;
    }
    return this.#lines;
  }

  #header(): readonly string[] {
    const start = this.#at;
    const isArray = this.#text.startsWith('[[', this.#at);
    this.#at += isArray ? 2 : 1;
    const path: string[] = [];
    const keys = this.#keyPath();
    keys.forEach((key, index) => {
      path.push(key);
      const isLast = index === keys.length - 1;
      const name = JSON.stringify(path);
      if (isArray && isLast) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
      const count = this.#counts.get(name);
      this.#lines.record(path, start);
      if (count === undefined) return;
      path.push(String(count - 1));
      this.#lines.record(path, start);
    });
    this.#skip(/[\] \t]*/y);
    return path;
  }

  #pair(table: readonly string[]): void {
    const start = this.#at;
    const path = [...table];
    for (const key of this.#keyPath()) {
      path.push(key);
      this.#lines.record(path, start);
    }
    this.#skip(BLANK);
    if (this.#text[this.#at] === '=') this.#at++;
    this.#value(path);
  }

  #keyPath(): string[] {
    const keys: string[] = [];
    for (;;) {
      this.#skip(BLANK);
      const bare = this.#take(BARE_KEY);
      const quoted = bare === '' ? this.#string() : '';
      if (bare === '' && quoted === '') return keys;
      keys.push(bare === '' ? unquote(quoted) : bare);
      this.#skip(BLANK);
      if (this.#text[this.#at] !== '.') return keys;
      this.#at++;
    }
  }

  #value(path: readonly string[]): void {
    this.#skip(BLANK);
    const first = this.#text[this.#at];
    if (first === '[') this.#list(path);
    else if (first === '{') this.#inlineTable(path);
    else if (this.#string() === '') this.#take(BARE_VALUE);
  }

  #list(path: readonly string[]): void {
    this.#at++;
    for (let index = 0; ; index++) {
      this.#skip(BLANK_AND_COMMENTS);
      if (this.#at >= this.#text.length || this.#isPast(']')) return;
      const item = [...path, String(index)];
      this.#lines.record(item, this.#at);
      this.#value(item);
      this.#skip(BLANK_AND_COMMENTS);
      if (!this.#isPast(',')) {
        this.#isPast(']');
        return;
      }
    }
  }

  #inlineTable(path: readonly string[]): void {
    this.#at++;
    for (;;) {
      this.#skip(BLANK_AND_COMMENTS);
      if (this.#at >= this.#text.length || this.#isPast('}')) return;
      this.#pair(path);
      this.#skip(BLANK_AND_COMMENTS);
      if (!this.#isPast(',')) {
        this.#isPast('}');
        return;
      }
    }
  }

  #isPast(mark: string): boolean {
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  /** A quoted text with its quotes, or '' when there is none here. */
  #string(): string {
    const start = this.#at;
    this.#at = endOfString(this.#text, start);
    return this.#text.slice(start, this.#at);
  }

  #skip(pattern: RegExp): void {
    this.#take(pattern);
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += taken.length;
    return taken;
  }
}

function endOfString(text: string, start: number): number {
  const quote = QUOTES.find((mark) => text.startsWith(mark, start));
  if (quote === undefined) return start;
  let at = start + quote.length;
  while (at < text.length && !text.startsWith(quote, at)) at += quote[0] === '"' && text[at] === '\\' ? 2 : 1;
  at += quote.length;
  // A text in three quotes may itself end with one or two.
  for (let more = 0; quote.length === 3 && more < 2 && text[at] === quote[0]; more++) at++;
  return Math.min(at, text.length);
}

/** The text of a quoted key; smol-toml knows the escapes. */
function unquote(quoted: string): string {
  try {
    const { key } = parse(`key = ${quoted}`);
    return typeof key === 'string' ? key : quoted;
  } catch (thrown) {
    if (thrown instanceof Error) return quoted;
    throw thrown;
  }
}
