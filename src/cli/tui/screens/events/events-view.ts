/** The events screen: one line an event, the newest at the bottom. Pure. */

import { reasonText } from '../../../actor-text.ts';
import type { Occurrence } from '../../../event-feeds.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { cutTo, padTo, widthOf } from '../../../output/width.ts';
import { type Frame, inRole, type Line, line, lineWidth, type Role, span, spread } from '../../frame.ts';
import type { Context } from '../../screen.ts';
import type { Keyed } from './event-feeds.ts';
import { type EventsState, listHeight, placeOf, shownRows } from './events-state.ts';

const TYPE_WIDTH = 10;
const NARROW = 72;
const MOST_PLUGIN_WIDTH = 16;
const LEAST_PLUGIN_WIDTH = 6;

const ROLES: Readonly<Record<string, Role>> = {
  crashed: 'bad',
  'gave-up': 'bad',
  killed: 'busy',
  restarting: 'busy',
  ready: 'good',
  adopted: 'good',
  audit: 'accent',
};

export function eventsView(state: EventsState, context: Context): Frame {
  const rows = shownRows(state);
  const height = listHeight(state, context);
  const { at, top } = placeOf(state, rows, height);
  const visible = rows.slice(top, top + height);
  const widths = widthsOf(state, visible, context);
  const head = headLine(state, rows, at, context, widths);
  const notes = noteLines(state);
  if (rows.length === 0) return [head, ...notes, line(span(` ${emptyText(state)}`, 'dim'))];
  const lines = visible.map((keyed, index) => rowLine(keyed.row, top + index === at, widths, context));
  return [head, ...notes, ...lines];
}

interface Widths {
  readonly time: number;
  /** 0: all are of one plugin. */
  readonly plugin: number;
  readonly type: number;
}

function widthsOf({ id }: EventsState, visible: readonly Keyed[], { size, wallMs }: Context): Widths {
  const isNarrow = size.columns < NARROW;
  const isOld = visible.some(({ row }) => dayOf(row.at) !== dayOf(new Date(wallMs).toISOString()));
  const longest = Math.max(LEAST_PLUGIN_WIDTH, ...visible.map(({ row }) => widthOf(row.plugin ?? '')));
  return {
    time: isOld ? (isNarrow ? 11 : 14) : 8,
    plugin: id === undefined ? Math.min(isNarrow ? 10 : MOST_PLUGIN_WIDTH, longest) : 0,
    type: TYPE_WIDTH,
  };
}

function headLine(
  state: EventsState,
  rows: readonly Keyed[],
  at: number,
  { look, size }: Context,
  widths: Widths,
): Line {
  const plugin = widths.plugin === 0 ? '' : `${padTo('PLUGIN', widths.plugin)}  `;
  const titles = `  ${padTo('AT', widths.time)}  ${plugin}${padTo('TYPE', widths.type)}  REASON`;
  const below = rows.length - 1 - at;
  const { between } = look.signs;
  const follow =
    state.cursor === undefined
      ? 'following'
      : `paused${below > 0 ? `, ${below} below` : ''} ${between} G follows`;
  const isAsking = state.kind.feeds.some((feed) => state.feeds[feed].isAsking);
  const isCut = state.kind.feeds.some((feed) => state.feeds[feed].isCut);
  const words = [
    ...(state.filter === '' ? [] : [`/${sanitiseField(state.filter)}`]),
    ...(isCut ? ['some were left out'] : []),
    ...(isAsking ? [`reading${look.signs.ellipsis}`] : []),
    follow,
  ];
  const right = line(
    span(`only ${state.kind.word} `.replace('only all', 'all'), 'strong'),
    span(`${between} ${words.join(` ${between} `)} `, 'dim'),
  );
  // Whether it is followed matters more than what the columns are called.
  const room = Math.max(0, size.columns - lineWidth(right) - 1);
  return spread(line(span(titles.slice(0, room), 'dim')), right, size.columns);
}

/** A feed that is refused is no reason to show nothing. */
function noteLines(state: EventsState): readonly Line[] {
  const failed = state.kind.feeds.flatMap((feed) => {
    const { failure } = state.feeds[feed];
    if (failure === undefined) return [];
    const what = feed === 'audit.read' ? 'the audit' : 'the events';
    const hint = failure.hint === undefined ? '' : `; ${failure.hint}`;
    return [`${what}: ${sanitiseField(failure.message)}${sanitiseField(hint)}`];
  });
  return failed.length === 0 ? [] : [line(span(` ${failed.join('; ')}`, 'busy'))];
}

function emptyText({ kind, feeds, filter, id }: EventsState): string {
  const held = kind.feeds.reduce((sum, feed) => sum + feeds[feed].rows.length, 0);
  if (kind.feeds.some((feed) => feeds[feed].isAsking)) return 'asking torud what happened';
  if (kind.feeds.every((feed) => feeds[feed].failure !== undefined))
    return kind.word === 'audit' ? '1 shows what may be seen' : 'nothing can be shown here; esc leads back';
  if (filter !== '' && held > 0) return `none of ${held} has "${sanitiseField(filter)}" in it; esc shows all`;
  const what = kind.word === 'all' ? 'Nothing has happened' : `There are no ${kind.word}`;
  const where = id === undefined ? '' : ` ${kind.word === 'all' ? 'to' : 'of'} ${sanitiseField(id)}`;
  const next = kind.word === 'all' ? '' : ', 1 shows all';
  return `${what}${where} yet: what comes appears here${next}`;
}

function rowLine(row: Occurrence, isChosen: boolean, widths: Widths, context: Context): Line {
  const cursor = isChosen ? `${context.look.signs.cursor} ` : '  ';
  // What concerns no plugin is torud's own; an entry of the audit may be about several.
  const about = row.plugin ?? (row.type === 'audit' ? '' : 'torud');
  const plugin =
    widths.plugin === 0 ? '' : `${padTo(cutTo(sanitiseField(about), widths.plugin), widths.plugin)}  `;
  const shown = line(
    cursor,
    span(padTo(timeText(row.at, widths.time), widths.time), 'dim'),
    `  ${plugin}`,
    span(padTo(row.type, widths.type), roleOf(row)),
    `  ${sanitiseField(reasonText(row.reason, row.actor))}`,
  );
  return isChosen ? inRole(shown, 'selected') : shown;
}

export function roleOf(row: Occurrence): Role {
  if (row.type === 'audit' && typeof row.details.result === 'object' && row.details.result !== null)
    return 'error' in row.details.result ? 'bad' : 'accent';
  return ROLES[row.type] ?? 'plain';
}

/** `14:02:00`, of another day `11-02 14:02:00` or `11-02 14:02`, as wide as asked for. */
function timeText(at: string, width: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return cutTo(sanitiseField(at), width);
  const two = (number: number): string => String(number).padStart(2, '0');
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  const day = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  if (width < 11) return `${minutes}:${two(date.getSeconds())}`;
  return width < 14 ? `${day} ${minutes}` : `${day} ${minutes}:${two(date.getSeconds())}`;
}

function dayOf(at: string): string {
  return new Date(at).toDateString();
}
