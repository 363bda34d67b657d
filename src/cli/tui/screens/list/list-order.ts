/** Which plugins the list shows, and in which order. Pure. */

import type { PluginStateName } from '../../../../protocol/plugin-state.ts';
import { isUnhealthy, uptimeMs, type Watched } from '../../model.ts';
import type { Context } from '../../screen.ts';

export const SORTS = ['id', 'state', 'uptime', 'restarts', 'cpu', 'memory'] as const;
export type Sort = (typeof SORTS)[number];

export interface ListState {
  /** The cursor follows the plugin, not the row. */
  readonly chosen: string | undefined;
  readonly top: number;
  /** Marked with the space bar; ids that are gone stay until they are unmarked. */
  readonly marked: ReadonlySet<string>;
  /** Words that must all be there. */
  readonly filter: string;
  /** Only what needs a person: in one of the states of trouble, or unhealthy. */
  readonly isTroubleOnly: boolean;
  readonly isEnabledOnly: boolean;
  /** Undefined: all. */
  readonly states: readonly PluginStateName[] | undefined;
  readonly sort: Sort;
  readonly isReversed: boolean;
  /** Without the `@`; undefined: all. */
  readonly group: string | undefined;
}

export const NO_FILTER = {
  filter: '',
  isTroubleOnly: false,
  isEnabledOnly: false,
  states: undefined,
  group: undefined,
  top: 0,
} as const;

export const FIRST_LIST: ListState = {
  ...NO_FILTER,
  chosen: undefined,
  marked: new Set(),
  sort: 'id',
  isReversed: false,
};

/** States in which somebody should look: given up, refused, or about to be tried again. */
export const TROUBLE_STATES: readonly PluginStateName[] = ['failed', 'invalid', 'backoff'];

/** What needs a person first. */
export const STATE_ORDER: readonly PluginStateName[] = [
  'failed',
  'invalid',
  'backoff',
  'waiting',
  'starting',
  'stopping',
  'running',
  'exited',
  'stopped',
];

interface Remembered {
  readonly plugins: ReadonlyMap<string, Watched>;
  readonly rows: readonly Watched[];
}

/** One picture asks several times for the same rows, and only the cursor differs between two states. */
const remembered = new WeakMap<object, Remembered>();

/** The plugins that are shown, in their order. */
export function rowsOf(state: ListState, { model, nowMs }: Context): readonly Watched[] {
  const known = remembered.get(state);
  if (known !== undefined && known.plugins === model.plugins) return known.rows;
  const rows = madeRows(state, model.plugins, nowMs);
  remembered.set(state, { plugins: model.plugins, rows });
  return rows;
}

function madeRows(
  state: ListState,
  plugins: ReadonlyMap<string, Watched>,
  nowMs: number,
): readonly Watched[] {
  const words = state.filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const shown = [...plugins.values()].filter(
    (watched) => isShown(state, watched) && words.every((word) => hasWord(watched, word)),
  );
  const key = KEYS[state.sort];
  const keyed = shown.map((watched) => ({ watched, key: key(watched, nowMs) }));
  const sign = state.isReversed ? -1 : 1;
  keyed.sort(
    (one, other) =>
      sign * (one.key - other.key || (one.watched.plugin.id < other.watched.plugin.id ? -1 : 1)),
  );
  return keyed.map(({ watched }) => watched);
}

function isShown(state: ListState, { plugin }: Watched): boolean {
  return (
    (!state.isTroubleOnly || TROUBLE_STATES.includes(plugin.state) || isUnhealthy(plugin)) &&
    (!state.isEnabledOnly || plugin.enabled) &&
    (state.states === undefined || state.states.includes(plugin.state)) &&
    (state.group === undefined || plugin.groups.includes(state.group))
  );
}

/** `@name` asks for the groups; any other word for id, name, state and health. */
function hasWord({ plugin }: Watched, word: string): boolean {
  if (word.startsWith('@')) return plugin.groups.some((group) => `@${group}`.toLowerCase().includes(word));
  const health = plugin.health === 'unhealthy' ? plugin.health : '';
  return `${plugin.id} ${plugin.name} ${plugin.state} ${health}`.toLowerCase().includes(word);
}

/** The least comes first: of figures the greatest, so that what is busy stands at the top. */
const KEYS: Readonly<Record<Sort, (watched: Watched, nowMs: number) => number>> = {
  id: () => 0,
  state: ({ plugin }) => (isUnhealthy(plugin) ? 2.5 : STATE_ORDER.indexOf(plugin.state)),
  uptime: (watched, nowMs) => -(uptimeMs(watched, nowMs) ?? -1),
  restarts: ({ plugin }) => -plugin.restarts,
  cpu: (watched) => -(cpuOf(watched) ?? -1),
  memory: (watched) => -(memoryOf(watched) ?? -1),
};

/** Processor time as it is shown. */
export function cpuOf({ plugin, steadyCpuPercent }: Watched): number | null {
  return steadyCpuPercent ?? plugin.cpuPercent;
}

/** Memory as it is shown. */
export function memoryOf({ plugin, steadyMemoryBytes }: Watched): number | null {
  return steadyMemoryBytes ?? plugin.memoryBytes;
}

/** Where the cursor is: on its plugin, or on the row where that was. */
export function cursorOf(
  state: ListState,
  rows: readonly Watched[],
): { readonly at: number; readonly id: string | undefined } {
  const found = state.chosen === undefined ? -1 : rows.findIndex(({ plugin }) => plugin.id === state.chosen);
  const at = found === -1 ? Math.min(state.top, rows.length - 1) : found;
  return { at, id: rows[at]?.plugin.id };
}

/** Marked plugins that are shown, in the order of the list: nothing is done to what is filtered away. */
export function markedOf(state: ListState, context: Context): readonly string[] {
  if (state.marked.size === 0) return [];
  return rowsOf(state, context)
    .map(({ plugin }) => plugin.id)
    .filter((id) => state.marked.has(id));
}

/** `2 marked, 1 hidden`; empty without marks. */
export function marksText(state: ListState, context: Context): string {
  const there = [...state.marked].filter((id) => context.model.plugins.has(id)).length;
  const hidden = there - markedOf(state, context).length;
  return there === 0 ? '' : `${there} marked${hidden === 0 ? '' : `, ${hidden} hidden`}`;
}

/** All groups, and then none again. */
export function nextGroup(group: string | undefined, { model }: Context): string | undefined {
  const all = [...new Set([...model.plugins.values()].flatMap(({ plugin }) => plugin.groups))].sort();
  return group === undefined ? all[0] : all[all.indexOf(group) + 1];
}

export function isFiltered(state: ListState): boolean {
  const { filter, isTroubleOnly, isEnabledOnly, states, group } = state;
  return filter !== '' || isTroubleOnly || isEnabledOnly || states !== undefined || group !== undefined;
}
