/** Takes secrets out of everything that goes into a bundle; what was secret in one place is removed in all. */

import { parseToml } from '../../daemon/base/toml-document.ts';
import { writeToml } from '../../daemon/base/toml-text.ts';
import { isInOwnTable, isOwnTable, redactTables } from './redact-settings.ts';
import type { OnSecret } from './redact-text.ts';
import { endsInSecretName, isPort, REMOVED, redactText } from './redact-text.ts';
import { isSecretName } from './secret-names.ts';

/** A value must be at least this long to be looked for elsewhere, lest ordinary words disappear. */
const LEAST_LENGTH = 6;
/** How many values are looked for elsewhere, and how many found in logs: an access log may hold a new token in each line. */
const MOST_KNOWN = 2000;
const MOST_KNOWN_OF_LOGS = 200;
/** Programs that take a password right behind -p, or as the word behind -a. */
const PASSWORD_CLIENT = /(?:^|\/)(?:mysql\w*|mariadb[\w-]*|sshpass|redis-cli|7z\w?|zip)$/;
/** Longest run of lines that is taken for one key. */
const MOST_KEY_LINES = 200;
/** Beside these a member named `key` is a name, not a secret. */
const NAME_COMPANIONS = ['value', 'source', 'before', 'after', 'version'];

export interface Redacted {
  readonly text: string;
  readonly count: number;
}

export class Redactor {
  readonly #known = new Set<string>();
  #mostKnown = MOST_KNOWN;
  #count = 0;

  /** Text of no particular form. */
  text(text: string): Redacted {
    return this.#counted(() => this.#clean(text));
  }

  /** A document that is JSON; one that is not is taken as text. */
  json(text: string): Redacted {
    try {
      const value: unknown = JSON.parse(text);
      return this.value(value);
    } catch (thrown) {
      if (thrown instanceof SyntaxError) return this.text(text);
      throw thrown;
    }
  }

  /** Settings, written anew: comments go. What cannot be parsed is taken as text. */
  toml(text: string): Redacted {
    const parsed = parseToml(text, '', '');
    if (parsed.ok) {
      const { values } = parsed.value;
      return this.#counted(() => writeToml(this.#cleanObject(values)));
    }
    return this.#counted(() => {
      const { text: left, count } = redactTables(text, this.#rememberOwn);
      this.#count += count;
      return this.#clean(left);
    });
  }

  /** Data, written out as JSON. */
  value(value: unknown): Redacted {
    return this.#counted(() => `${JSON.stringify(this.#cleanValue(value), null, 2)}\n`);
  }

  /** Lines, of which those that are JSON objects keep their form. A key may go over several of them. */
  lines(text: string): Redacted {
    return this.#counted(() => {
      const isOfKey = keyLines();
      this.#mostKnown = MOST_KNOWN_OF_LOGS;
      return text
        .split('\n')
        .map((line) => this.#cleanLine(line, isOfKey(lineOf(recordOf(line)) ?? line)))
        .join('\n');
    });
  }

  /** Once all was read: removes what was found out to be secret only later. */
  again(redacted: Redacted): Redacted {
    let { text, count } = redacted;
    for (const secret of [...this.#known].sort((one, other) => other.length - one.length)) {
      for (const form of formsOf(secret)) {
        const parts = /^\d{1,7}$/.test(form) ? [withoutNumber(text, form)] : text.split(form);
        const left = parts.join(REMOVED);
        count += parts.length === 1 && left !== text ? 1 : parts.length - 1;
        text = left;
      }
    }
    return { text, count };
  }

  #cleanLine(line: string, isKey: boolean): string {
    const record = recordOf(line);
    if (record === undefined) return isKey && line.trim() !== '' ? this.#gone() : this.#clean(line);
    if (!isKey) return JSON.stringify(this.#cleanValue(record));
    if (typeof record.message === 'string') this.#rememberLine(record.message);
    return JSON.stringify({ ...record, message: this.#gone() });
  }

  #clean(text: string): string {
    const { text: left, count } = redactText(text, this.#remember);
    this.#count += count;
    return left;
  }

  #cleanValue(value: unknown, name = ''): unknown {
    if (name !== '' && isSecretName(name) && isFilled(value)) {
      for (const text of textsIn(value)) this.#remember(text);
      return this.#gone();
    }
    if (isOwnTable(name) && typeof value === 'object' && value !== null) return this.#emptied(value);
    if (typeof value === 'string') return this.#clean(value);
    if (Array.isArray(value)) return this.#cleanArray(value);
    if (typeof value !== 'object' || value === null || value instanceof Date) return value;
    return this.#cleanObject(value as Readonly<Record<string, unknown>>);
  }

  /** The keys stay, for they are what an author knows; the values are the user's own. */
  #emptied(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one: unknown) => this.#emptied(one));
    if (typeof value === 'object' && value !== null && !(value instanceof Date))
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#emptied(one)]));
    if (value === null) return value;
    this.#rememberOwn(String(value));
    return this.#gone();
  }

  /** A word behind `--password` is a secret, and lines of a log may hold a key over several of them. */
  #cleanArray(values: readonly unknown[]): unknown[] {
    const isOfKey = keyLines();
    const isClient = values.some((one) => typeof one === 'string' && PASSWORD_CLIENT.test(one));
    return values.map((value, at) => {
      const line = lineOf(value);
      if (line !== undefined && isOfKey(line)) {
        return typeof value === 'string' ? this.#gone() : { ...(value as object), message: this.#gone() };
      }
      const before = values[at - 1];
      const isBehindFlag =
        typeof before === 'string' &&
        ((/^--?[A-Za-z][\w-]*$/.test(before) && isSecretName(before)) ||
          (before === '-p' && typeof value === 'string' && !isPort(value)) ||
          (isClient && /^-[ap]$/.test(before)) ||
          (/^(?:-u|--user)$/.test(before) && typeof value === 'string' && value.includes(':')));
      if (isClient && typeof value === 'string' && /^-p./.test(value)) {
        this.#rememberOwn(value.slice(2));
        return `-p${this.#gone()}`;
      }
      return this.#cleanValue(value, isBehindFlag ? 'password' : '');
    });
  }

  #cleanObject(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const companion = NAME_COMPANIONS.some((name) => Object.hasOwn(object, name));
    const named = typeof object.key === 'string' && companion ? object.key : undefined;
    const isSecret = named !== undefined && (isSecretName(named) || isInOwnTable(named));
    const entries = Object.entries(object).map(([name, value]): [string, unknown] => {
      if (name === 'key' && named !== undefined) return [name, value];
      if (isSecret && name !== 'source' && name !== 'version')
        return [name, this.#cleanValue(value, 'password')];
      return [name, this.#cleanValue(value, name)];
    });
    return Object.fromEntries(entries);
  }

  readonly #remember: OnSecret = (value) => {
    const text = value.trim();
    if (this.#known.size < this.#mostKnown && isTelling(text)) this.#known.add(text);
  };

  /** A line that is a secret as a whole; a single word with a digit is hardly anything else. */
  #rememberLine(line: string): void {
    if (/^\s*\S*\d\S*\s*$/.test(line)) this.#rememberOwn(line);
    else this.#remember(line);
  }

  /** Whatever somebody has in a table of their own, but for what stands everywhere. */
  readonly #rememberOwn: OnSecret = (value) => {
    const text = value.trim();
    if (text.length >= 4 && !isEverywhere(text) && this.#known.size < this.#mostKnown) this.#known.add(text);
  };

  #gone(): string {
    this.#count += 1;
    return REMOVED;
  }

  #counted(work: () => string): Redacted {
    this.#count = 0;
    this.#mostKnown = MOST_KNOWN;
    const text = work();
    return { text, count: this.#count };
  }
}

/** Says of each line in turn whether it belongs to a key in PEM (RFC 7468), which may be the only one on its line. */
function keyLines(): (line: string) => boolean {
  let left = 0;
  let isAwaited = false;
  return (line) => {
    const starts = /-----BEGIN [A-Z0-9 ]+-----(?!.*-----END)/.test(line);
    if (left === 0 && !starts) {
      // `password:` at the end of a line has its value on the next one.
      if (isAwaited && line.trim() === '') return false;
      const isValue = isAwaited;
      isAwaited = endsInSecretName(line);
      return isValue;
    }
    const isInside = left > 0;
    if (starts) left = MOST_KEY_LINES;
    else left = /-----END [A-Z0-9 ]+-----/.test(line) ? 0 : Math.max(0, left - 1);
    return isInside || starts;
  };
}

/** Words without which no log could be read any more; `[removed]` itself has parts as well. */
function isEverywhere(text: string): boolean {
  return (
    /^(?:true|false|null|none|info|debug|warn|warning|error|notice|production|development|localhost)$/i.test(
      text,
    ) || REMOVED.includes(text)
  );
}

/** A number is no part of another one, and where it stands by itself in JSON, the text stays JSON. */
function withoutNumber(text: string, digits: string): string {
  if (!text.includes(digits)) return text;
  const isJson = /^\s*[[{]/.test(text);
  const alone = new RegExp(`(?<!\\d)${digits}(?!\\d)`, 'g');
  if (!isJson) return text.replace(alone, REMOVED);
  const word = new RegExp(`"(?:\\\\.|[^"\\\\\\n])*"|(?<![\\w.-])${digits}(?![\\w.])`, 'g');
  return text.replace(word, (all) => (all.startsWith('"') ? all.replace(alone, REMOVED) : `"${REMOVED}"`));
}

/** What stands for a line of a log in a list: a text, or a record with a message. */
function lineOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || !('message' in value)) return undefined;
  return typeof value.message === 'string' ? value.message : undefined;
}

/** Worth being looked for elsewhere: no word, no path, no number that stands in many places. */
function isTelling(text: string): boolean {
  if (text.length < LEAST_LENGTH || text.includes(REMOVED)) return false;
  if (/^[\d.:-]+$/.test(text)) return text.length >= 8;
  return (
    text.length >= 12 || !/^[A-Za-z]+$/.test(text) || (/[a-z]/.test(text) && /[A-Z]/.test(text.slice(1)))
  );
}

/** As it stands, in JSON, in a URL, in base64. */
function formsOf(secret: string): readonly string[] {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return [
    ...new Set([
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      ...(base64.length >= 10 ? [base64] : []),
    ]),
  ];
}

function isFilled(value: unknown): boolean {
  return value !== null && value !== '' && value !== undefined && typeof value !== 'boolean';
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

function recordOf(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}
