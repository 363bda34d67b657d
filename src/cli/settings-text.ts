/** Effective settings as the text of a drop-in, each line with where its value came from. */

import type { SettingOrigin } from '../protocol/control/plugins.ts';
import { tomlKey, tomlValue } from './toml-text.ts';

/** Tables whose keys are no settings of torud's: a dot in one of them is part of its name. */
const FREE_TABLES = ['environment', 'config'];

interface Placed {
  /** Empty: above all tables. */
  readonly table: string;
  readonly key: string;
  readonly origin: SettingOrigin;
}

/** Lines; valid TOML that torud reads as the same settings. */
export function settingsLines(settings: readonly SettingOrigin[]): readonly string[] {
  const placed = settings.map(placeOf);
  const tables = [...new Set(placed.map(({ table }) => table))].sort((one, other) =>
    one === '' ? -1 : other === '' ? 1 : 0,
  );
  return tables.flatMap((table) => [
    ...(table === '' ? [] : ['', `[${table}]`]),
    ...placed.filter((one) => one.table === table).map(lineOf),
  ]);
}

function placeOf(origin: SettingOrigin): Placed {
  const dot = origin.key.indexOf('.');
  if (dot === -1) return { table: '', key: origin.key, origin };
  return { table: origin.key.slice(0, dot), key: origin.key.slice(dot + 1), origin };
}

function lineOf({ table, key, origin }: Placed): string {
  const { value, source } = origin;
  const name = tomlKey(key);
  const text = valueText(table, key, value);
  const line = text === undefined ? `# ${name} is not set` : `${name} = ${text}`;
  // The program that torud found; written down, it would stay also when the plugin names another one.
  const isFound = key === 'command' && table === '' && !source.startsWith('/');
  return `${isFound ? '# ' : ''}${line}  # ${source}`;
}

function valueText(table: string, key: string, value: unknown): string | undefined {
  if (value !== null) return tomlValue(value);
  const hasNone = table !== '' && !FREE_TABLES.includes(table);
  return hasNone && key !== '' ? '"none"' : undefined;
}
