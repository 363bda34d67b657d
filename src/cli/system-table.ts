/** `toru system` for scripts: a line a figure, `cpu.usedPercent` and a bare value. */

import type { SystemReadResult } from '../protocol/control/system.ts';
import { ABSENT } from './output/table.ts';

export interface FigureTable {
  readonly columns: readonly { readonly title: string }[];
  readonly rows: readonly (readonly [key: string, value: string])[];
}

/** Keys are those of the JSON, joined by dots; members of lists by their mount, name, plugin, pid or number. */
export function systemTable({ system, history, plugins }: SystemReadResult): FigureTable {
  const rows = [
    ...figures('', system),
    ...(history === undefined ? [] : figures('history', history)),
    ...(plugins === undefined ? [] : figures('plugins', plugins)),
  ];
  return { columns: [{ title: 'KEY' }, { title: 'VALUE' }], rows };
}

function figures(prefix: string, value: unknown): (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return [[prefix, value === null ? ABSENT : String(value)]];
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object' || one === null))
    return [[prefix, value.map((one) => one ?? ABSENT).join(' ')]];
  const members = Array.isArray(value)
    ? value.map((one: Readonly<Record<string, unknown>>, at) => [nameOf(one) ?? String(at), one] as const)
    : Object.entries(value);
  return members.flatMap(([key, member]) => figures(prefix === '' ? key : `${prefix}.${key}`, member));
}

function nameOf({ mount, name, plugin, pid }: Readonly<Record<string, unknown>>): string | undefined {
  const named = mount ?? name ?? plugin ?? pid;
  return named === undefined ? undefined : String(named);
}
