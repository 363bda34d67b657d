/** Reads the tables of plugin settings out of a document: the same ones in torud.toml, a drop-in and a manifest. */

import {
  readCommand,
  SETTING_NAMES,
  SETTING_SECTIONS,
  type SettingName,
  type SettingSection,
  settingKey,
} from './config-keys.ts';
import { text, type ValueReader } from './config-values.ts';
import { quoteValue } from './one-line.ts';
import { hintFor } from './toml-nearest.ts';
import { problemAt, type SettingsProblem, type SettingsText, tableName } from './toml-problem.ts';

/** What one source sets. */
export interface SettingLayer {
  /** `manifest`, or the file's absolute path. */
  readonly source: string;
  /** Values as their readers in SETTING_KEYS gave them. */
  readonly values: ReadonlyMap<SettingName, unknown>;
  readonly environment: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, unknown>>;
  /** argv, from a drop-in. */
  readonly command: readonly string[] | null;
  /** Where `command` stands: `plugins.d/web.toml line 3`. */
  readonly commandPlace: string;
}

export interface LayerReading {
  readonly layer: SettingLayer;
  readonly problems: readonly SettingsProblem[];
}

export type LayerScope = 'defaults' | 'drop-in' | 'manifest';

type Table = Readonly<Record<string, unknown>>;

/** Which tables a scope has; a manifest's other keys are not ours to judge. */
const SECTIONS: Readonly<Record<LayerScope, readonly SettingSection[]>> = {
  defaults: SETTING_SECTIONS,
  'drop-in': SETTING_SECTIONS,
  manifest: SETTING_SECTIONS.filter((section) => section !== 'kv'),
};

/** `start` may also be written at the top level, as `start_seconds`, `start_timeout`, … */
const START_PREFIX = 'start_';

export function emptyLayer(source: string): SettingLayer {
  return { source, values: new Map(), environment: {}, config: {}, command: null, commandPlace: '' };
}

/**
 * Reads all settings below `prefix` of a document. Never throws; a value with a problem is left out.
 * @param source `manifest`, or the file's path
 */
export function readLayer(
  document: Table,
  from: SettingsText,
  scope: LayerScope,
  source: string,
  prefix: readonly string[] = [],
): LayerReading {
  return new LayerReader(from, scope, prefix).read(document, source);
}

/** True for what is written as a table (TOML) or an object (JSON). */
export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

class LayerReader {
  readonly #from: SettingsText;
  readonly #scope: LayerScope;
  readonly #prefix: readonly string[];
  readonly #problems: SettingsProblem[] = [];
  readonly #values = new Map<SettingName, unknown>();
  readonly #writtenAs = new Map<SettingName, string>();
  #environment: Record<string, string> = {};
  #config: Record<string, unknown> = {};
  #command: readonly string[] | null = null;

  constructor(from: SettingsText, scope: LayerScope, prefix: readonly string[]) {
    this.#from = from;
    this.#scope = scope;
    this.#prefix = prefix;
  }

  read(document: Table, source: string): LayerReading {
    for (const [key, value] of Object.entries(document)) this.#topLevel(key, value);
    const line = this.#command === null ? null : this.#from.lineOf(['command']);
    return {
      problems: this.#problems,
      layer: {
        source,
        values: this.#values,
        environment: this.#environment,
        config: this.#config,
        command: this.#command,
        commandPlace: line === null ? this.#from.label : `${this.#from.label} line ${line}`,
      },
    };
  }

  #topLevel(key: string, value: unknown): void {
    const section = SECTIONS[this.#scope].find((name) => name === key);
    const startKey = key.startsWith(START_PREFIX) ? key.slice(START_PREFIX.length) : '';
    if (section !== undefined) this.#table([key], value, (table) => this.#section(section, table));
    else if (key === 'environment') this.#table([key], value, (table) => this.#environmentTable(table));
    else if (spellingsOf('start').has(startKey)) this.#setting('start', startKey, [key], value);
    else if (key === 'groups') this.#setting(null, key, [key], value);
    else if (this.#scope !== 'manifest') this.#topLevelOfFile(key, value);
  }

  /** What a manifest has for itself, or not at all. */
  #topLevelOfFile(key: string, value: unknown): void {
    if (key === 'config') this.#table([key], value, (table) => this.#configTable(table));
    else if (key === 'command' && this.#scope === 'drop-in')
      this.#command = this.#take([key], value, readCommand) ?? null;
    else if (spellingsOf(null).has(key)) this.#setting(null, key, [key], value);
    else this.#unknown(key, value);
  }

  #section(section: SettingSection, table: Table): void {
    const spellings = spellingsOf(section);
    for (const [key, value] of Object.entries(table)) {
      if (spellings.has(key)) this.#setting(section, key, [section, key], value);
      else {
        const where = tableName(this.#from, [...this.#prefix, section]);
        this.#report(
          [section, key],
          `unknown key ${quoteValue(key)} in ${where}${hintFor(key, [...spellings.keys()])}`,
        );
      }
    }
  }

  #setting(section: SettingSection | null, spelling: string, path: readonly string[], value: unknown): void {
    const name = spellingsOf(section).get(spelling);
    const reader = name === undefined ? undefined : settingKey(name).spellings.get(spelling);
    if (name === undefined || reader === undefined) return;
    const before = this.#writtenAs.get(name);
    if (before !== undefined) {
      this.#report(path, `${this.#nameOf(path)} says the same as "${before}"; keep one of them`);
      return;
    }
    this.#writtenAs.set(name, path.at(-1) ?? '');
    const read = this.#take(path, value, reader);
    if (read !== undefined) this.#values.set(name, read);
  }

  #environmentTable(table: Table): void {
    for (const [key, value] of Object.entries(table)) {
      const path = ['environment', key];
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key))
        this.#report(
          path,
          `${quoteValue(key)} in ${tableName(this.#from, [...this.#prefix, 'environment'])} is no name of a variable`,
        );
      else if (value === '') this.#environment[key] = '';
      else {
        const read = this.#take(path, value, text(128 * 1024));
        if (read !== undefined) this.#environment[key] = read;
      }
    }
  }

  #configTable(table: Table): void {
    // Once through JSON: a plugin gets its config as JSON, where a TOML date is text.
    this.#config = JSON.parse(JSON.stringify(table)) as Record<string, unknown>;
  }

  #table(path: readonly string[], value: unknown, read: (table: Table) => void): void {
    if (isTable(value)) read(value);
    else {
      const kind = this.#from.format === 'toml' ? 'a table' : 'an object';
      this.#report(
        path,
        `"${[...this.#prefix, ...path].join('.')}" must be ${kind}, not ${quoteValue(value)}`,
      );
    }
  }

  #take<Value>(path: readonly string[], value: unknown, reader: ValueReader<Value>): Value | undefined {
    const read = reader(value);
    if (read.ok) return read.value;
    const isList = Array.isArray(value) && value.length > 0;
    this.#report(path, `${this.#nameOf(path)} ${read.failure}${isList ? '' : `, not ${quoteValue(value)}`}`);
    return undefined;
  }

  #unknown(key: string, value: unknown): void {
    const tables: string[] = [...SECTIONS[this.#scope], 'environment', 'config'];
    const hint = isTable(value)
      ? `unknown table ${tableName(this.#from, [...this.#prefix, key])}${hintFor(key, tables, (name) => tableName(this.#from, [...this.#prefix, name]))}`
      : `unknown key ${quoteValue(key)}${this.#within()}${hintFor(key, this.#topLevelKeys(tables))}`;
    this.#report([key], hint);
  }

  #topLevelKeys(tables: readonly string[]): readonly string[] {
    const command = this.#scope === 'drop-in' ? ['command'] : [];
    return [...spellingsOf(null).keys(), ...command, 'start_seconds', 'start_timeout', ...tables];
  }

  #within(): string {
    return this.#prefix.length === 0 ? '' : ` in ${tableName(this.#from, this.#prefix)}`;
  }

  #nameOf(path: readonly string[]): string {
    const table = [...this.#prefix, ...path.slice(0, -1)];
    const name = quoteValue(path.at(-1));
    return table.length === 0 ? name : `${name} in ${tableName(this.#from, table)}`;
  }

  #report(path: readonly string[], what: string): void {
    this.#problems.push(problemAt(this.#from, [...this.#prefix, ...path], what));
  }
}

const SPELLINGS = new Map<SettingSection | null, ReadonlyMap<string, SettingName>>(
  [null, ...SETTING_SECTIONS].map((section) => {
    const names = SETTING_NAMES.filter((name) => settingKey(name).section === section);
    const pairs = names.flatMap((name) =>
      [...settingKey(name).spellings.keys()].map((spelling) => [spelling, name] as const),
    );
    return [section, new Map(pairs)];
  }),
);

/** Every way to write a key of a section, with the setting that it means. */
function spellingsOf(section: SettingSection | null): ReadonlyMap<string, SettingName> {
  return SPELLINGS.get(section) ?? new Map();
}
