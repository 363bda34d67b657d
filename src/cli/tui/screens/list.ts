/** The list of plugins: state, figures of the last minute, what happened last. */

import type { PluginStatus } from '../../../protocol/control/plugins.ts';
import { sanitiseField } from '../../output/sanitise.ts';
import { formatDuration, formatSize } from '../../output/sizes.ts';
import { cutTo, padTo } from '../../output/width.ts';
import { type Frame, inRole, type Line, line, span, windowOf } from '../frame.ts';
import { type Look, STATE_LETTERS, STATE_ROLES } from '../look.ts';
import type { Key } from '../messages.ts';
import { uptimeMs, type Watched } from '../model.ts';
import type { Context, Doors, Screen, Step } from '../screen.ts';
import { lastText } from './last-text.ts';
import { sparkline } from './sparkline.ts';

export const SORTS = ['id', 'state', 'cpu', 'memory', 'restarts', 'uptime'] as const;
export type Sort = (typeof SORTS)[number];

export interface ListState {
  /** The cursor follows the plugin, not the row. */
  readonly chosen: string | undefined;
  readonly top: number;
  readonly filter: string;
  readonly isFailedOnly: boolean;
  readonly sort: Sort;
  readonly isReversed: boolean;
  /** Without the `@`; undefined: all. */
  readonly group: string | undefined;
}

export const FIRST_LIST: ListState = {
  chosen: undefined,
  top: 0,
  filter: '',
  isFailedOnly: false,
  sort: 'id',
  isReversed: false,
  group: undefined,
};

export function listScreen(doors: Doors, state: ListState = FIRST_LIST): Screen {
  const next = (change: Partial<ListState>): Step => ({ screen: listScreen(doors, { ...state, ...change }) });
  const screen: Screen = {
    title: state.group === undefined ? 'plugins' : `@${state.group}`,
    tag: 'list',
    keys: [
      { keys: '/', does: 'filter' },
      { keys: '!', does: 'failed' },
      { keys: 'enter', does: 'open' },
      { keys: 'l', does: 'logs' },
      { keys: 'L', does: 'logs of all' },
      { keys: 'c', does: 'crashes' },
      { keys: 'v', does: 'events' },
      { keys: 'o O', does: 'sort' },
      { keys: '@', does: 'group' },
    ],
    isTicking: true,
    open: () => ({ screen }),
    onKey: (key, context) => onKey(key, screen, state, doors, context, next),
    onMessage: () => ({ screen }),
    onPrompt: (_name, text) => next({ filter: text ?? '', top: 0 }),
    chosen: (context) => cursorOf(state, rowsOf(state, context)).id,
    view: (context) => viewOf(state, context),
    command: (context) => commandOf(state, context),
    close: () => [],
  };
  return screen;
}

/** The plugins that are shown, in their order. */
export function rowsOf(state: ListState, { model, nowMs }: Context): readonly Watched[] {
  const filter = state.filter.toLowerCase();
  const shown = [...model.plugins.values()].filter(
    ({ plugin }) =>
      (filter === '' || `${plugin.id} ${plugin.name} ${plugin.state}`.toLowerCase().includes(filter)) &&
      (!state.isFailedOnly || FAILED.has(plugin.state)) &&
      (state.group === undefined || plugin.groups.includes(state.group)),
  );
  const sorted = shown.sort((one, other) => compare(one, other, state.sort, nowMs));
  return state.isReversed ? sorted.reverse() : sorted;
}

const FAILED: ReadonlySet<string> = new Set(['failed', 'invalid', 'backoff']);
/** What needs a person first. */
const STATE_ORDER = [
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

function compare(one: Watched, other: Watched, sort: Sort, nowMs: number): number {
  const [a, b] = [one.plugin, other.plugin];
  const down = (x: number | null, y: number | null): number => (y ?? -1) - (x ?? -1);
  const by: Readonly<Record<Sort, () => number>> = {
    id: () => 0,
    state: () => STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state),
    cpu: () => down(a.cpuPercent, b.cpuPercent),
    memory: () => down(a.memoryBytes, b.memoryBytes),
    restarts: () => down(a.restarts, b.restarts),
    uptime: () => down(uptimeMs(one, nowMs), uptimeMs(other, nowMs)),
  };
  return by[sort]() || (a.id < b.id ? -1 : 1);
}

/** Where the cursor is: on its plugin, or on the row where that was. */
function cursorOf(state: ListState, rows: readonly Watched[]): { at: number; id: string | undefined } {
  const found = rows.findIndex(({ plugin }) => plugin.id === state.chosen);
  const at = found === -1 ? Math.min(state.top, rows.length - 1) : found;
  return { at, id: rows[at]?.plugin.id };
}

function onKey(
  key: Key,
  screen: Screen,
  state: ListState,
  doors: Doors,
  context: Context,
  next: (change: Partial<ListState>) => Step,
): Step | undefined {
  const rows = rowsOf(state, context);
  const height = bodyHeight(context);
  const { at, id } = cursorOf(state, rows);
  const move = (to: number): Step => {
    const target = Math.max(0, Math.min(rows.length - 1, to));
    return next({
      chosen: rows[target]?.plugin.id,
      top: windowOf(state.top, target, height, rows.length),
    });
  };
  const open = (made: Screen): Step => ({ ...next({ chosen: id }), go: { kind: 'open', screen: made } });
  switch (key) {
    case 'j':
    case 'down':
      return move(at + 1);
    case 'k':
    case 'up':
      return move(at - 1);
    case 'g':
    case 'home':
      return move(0);
    case 'G':
    case 'end':
      return move(rows.length - 1);
    case 'ctrl-d':
    case 'pagedown':
      return move(at + Math.ceil(height / 2));
    case 'ctrl-u':
    case 'pageup':
      return move(at - Math.ceil(height / 2));
    case '/':
      return { screen, go: { kind: 'prompt', name: 'filter', lead: '/', text: state.filter } };
    case '!':
      return next({ isFailedOnly: !state.isFailedOnly, top: 0 });
    case 'o':
      return next({ sort: SORTS[(SORTS.indexOf(state.sort) + 1) % SORTS.length] ?? 'id' });
    case 'O':
      return next({ isReversed: !state.isReversed });
    case '@':
      return next({ group: nextGroup(state.group, context), top: 0 });
    case 'escape':
      // First what was filtered away comes back.
      return state.filter === '' && !state.isFailedOnly && state.group === undefined
        ? { screen }
        : next({ filter: '', isFailedOnly: false, group: undefined, top: 0 });
    case 'enter':
    case 'right':
      return id === undefined ? { screen } : open(doors.detail(id));
    case 'l':
      return id === undefined ? { screen } : open(doors.logs([id]));
    case 'L':
      return open(doors.logs(rows.map(({ plugin }) => plugin.id)));
    case 'c':
      return open(doors.crashes(id));
    case 'v':
      return open(doors.events(undefined));
    default:
      return undefined;
  }
}

function nextGroup(group: string | undefined, { model }: Context): string | undefined {
  const all = [...new Set([...model.plugins.values()].flatMap(({ plugin }) => plugin.groups))].sort();
  return group === undefined ? all[0] : all[all.indexOf(group) + 1];
}

function bodyHeight({ size }: Context): number {
  return Math.max(1, size.rows - 1);
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  /** The lower it is, the longer it stays when the terminal gets narrow. */
  readonly rank: number;
  readonly text: (row: Watched, context: Context) => string;
}

function columnsOf(idWidth: number, look: Look): readonly Column[] {
  const absent = look.signs.absent;
  return [
    { title: 'ID', width: idWidth, align: 'left', rank: 0, text: ({ plugin }) => plugin.id },
    { title: 'STATE', width: 10, align: 'left', rank: 0, text: ({ plugin }) => stateText(plugin) },
    { title: 'EN', width: 3, align: 'left', rank: 5, text: ({ plugin }) => (plugin.enabled ? 'yes' : 'no') },
    {
      title: 'UP',
      width: 7,
      align: 'right',
      rank: 1,
      text: (row, { nowMs }) => {
        const up = uptimeMs(row, nowMs);
        return up === null ? absent : formatDuration(up);
      },
    },
    {
      title: look.signs.retry,
      width: 3,
      align: 'right',
      rank: 3,
      text: ({ plugin }) => String(plugin.restarts),
    },
    {
      title: 'CPU',
      width: 5,
      align: 'right',
      rank: 2,
      text: ({ plugin }) => (plugin.cpuPercent === null ? absent : plugin.cpuPercent.toFixed(1)),
    },
    {
      title: '60 s',
      width: 8,
      align: 'left',
      rank: 6,
      text: (row) => sparkline(row.cpuHistory, 8, look.signs.bars),
    },
    {
      title: 'MEM',
      width: 7,
      align: 'right',
      rank: 2,
      text: ({ plugin }) => (plugin.memoryBytes === null ? absent : formatSize(plugin.memoryBytes)),
    },
    {
      title: '60 s',
      width: 8,
      align: 'left',
      rank: 7,
      text: (row) => sparkline(row.memoryHistory, 8, look.signs.bars),
    },
  ];
}

function stateText(plugin: PluginStatus): string {
  const letter = plugin.health === 'unhealthy' ? 'H' : STATE_LETTERS[plugin.state];
  return `${letter} ${plugin.health === 'unhealthy' && plugin.state === 'running' ? 'unhealthy' : plugin.state}`;
}

/** Room that what happened last should have before a column goes. */
const LAST_WIDTH = 18;

/** Columns that fit, in their order, and the width that is left for the last one. */
function fitting(columns: readonly Column[], width: number): { shown: readonly Column[]; rest: number } {
  let shown = columns;
  const taken = (): number => 2 + shown.reduce((sum, column) => sum + column.width + 2, 0);
  while (width - taken() < LAST_WIDTH && shown.some(({ rank }) => rank > 0)) {
    const worst = Math.max(...shown.map(({ rank }) => rank));
    shown = shown.filter(({ rank }) => rank !== worst);
  }
  return { shown, rest: Math.max(0, width - taken()) };
}

function viewOf(state: ListState, context: Context): Frame {
  const { look, size, model } = context;
  const rows = rowsOf(state, context);
  if (rows.length === 0) return emptyView(state, model.isLoaded, context);
  const longest = Math.max(...[...model.plugins.keys()].map((id) => id.length));
  const { shown, rest } = fitting(columnsOf(Math.min(24, Math.max(8, longest)), look), size.columns);
  const { at } = cursorOf(state, rows);
  const height = bodyHeight(context);
  const top = windowOf(state.top, at, height, rows.length);
  const titles = shown.map(({ title, width, align }) => padTo(title, width, align)).join('  ');
  const order = `${state.sort}${state.isReversed ? ' reversed' : ''}`;
  const head = line(
    span(`  ${titles}  LAST`, 'dim'),
    span(state.sort === 'id' && !state.isReversed ? '' : ` (by ${order})`, 'dim'),
  );
  return [
    head,
    ...rows
      .slice(top, top + height)
      .map((row, index) => rowLine(row, top + index === at, shown, rest, context)),
  ];
}

function rowLine(
  row: Watched,
  isChosen: boolean,
  columns: readonly Column[],
  rest: number,
  context: Context,
): Line {
  const { plugin } = row;
  const cursor = isChosen ? `${context.look.signs.cursor} ` : '  ';
  const spans = columns.map(({ title, width, align, text }) => {
    const padded = padTo(cutTo(sanitiseField(text(row, context)), width), width, align);
    const role =
      title === 'STATE' ? (plugin.health === 'unhealthy' ? 'bad' : STATE_ROLES[plugin.state]) : 'plain';
    return [span(padded, role), span('  ')];
  });
  const last = cutTo(sanitiseField(lastText(plugin, context)), rest);
  const made = line(cursor, ...spans.flat(), span(last, plugin.state === 'failed' ? 'bad' : 'dim'));
  return isChosen ? inRole(made, 'selected') : made;
}

function emptyView(state: ListState, isLoaded: boolean, { model }: Context): Frame {
  if (!isLoaded) return [line(span('  asking torud…', 'dim'))];
  if (model.plugins.size === 0) {
    return [
      line('  No plugins yet.'),
      line(span('  Put one into the plugin folder, or run "toru install PATH".', 'dim')),
    ];
  }
  const what = [state.filter === '' ? '' : `"${state.filter}"`, state.isFailedOnly ? 'failed' : ''];
  return [
    line(`  No plugin is ${what.filter(Boolean).join(' and ') || 'here'}.`),
    line(span('  esc shows all.', 'dim')),
  ];
}

function commandOf(state: ListState, context: Context): readonly string[] {
  if (state.isFailedOnly) return ['list', '--failed'];
  if (state.group !== undefined) return ['list', `@${state.group}`];
  const { id } = cursorOf(state, rowsOf(state, context));
  return id === undefined ? ['list'] : ['status', id];
}
