/** The logs screen as lines: the window, and below it what one looks at. */

import { sanitiseField } from '../../../output/sanitise.ts';
import { type Frame, type Line, line, type Span, span, spread } from '../../frame.ts';
import type { Context } from '../../screen.ts';
import { entryAt } from './logs-buffer.ts';
import { sceneOf, windowLines } from './logs-scene.ts';
import { isSelective, type LogsState } from './logs-state.ts';

export function logsView(state: LogsState, context: Context): Frame {
  const height = Math.max(1, context.size.rows - 1);
  const rows = windowLines(state, context);
  const lines = rows.length === 0 ? emptyLines(state, context) : rows;
  const blank = Array.from({ length: Math.max(0, height - lines.length) }, () => line());
  return [...lines.slice(0, height), ...blank, statusLine(state, context)];
}

function emptyLines(state: LogsState, { look }: Context): Frame {
  if (state.failure !== undefined) {
    return [
      line(span(`  The log cannot be read: ${sanitiseField(state.failure)}`, 'bad')),
      line(span('  G tries again, esc goes back.', 'dim')),
    ];
  }
  const isReading = state.older !== undefined || state.live?.backlog !== undefined;
  if (isReading) return [line(span(`  reading${look.signs.ellipsis}`, 'dim'))];
  const { ids } = state.wants;
  const who =
    ids.length === 1
      ? sanitiseField(ids[0] ?? '')
      : ids.length === 0
        ? 'any plugin'
        : `these ${ids.length} plugins`;
  if (isSelective(state.wants)) {
    return [
      line(`  No line of ${who} passes the filters so far.`),
      line(span('  & and enter shows all messages, 7 all levels, o changes the stream.', 'dim')),
    ];
  }
  return [
    line(`  No line of ${who} so far.`),
    line(span('  What is written to stdout and stderr appears here at once.', 'dim')),
  ];
}

function statusLine(state: LogsState, context: Context): Line {
  const left = line(' ', modeSpan(state, context), ...newSpans(state, context), ...filterSpans(state));
  return spread(left, line(span(`${placeText(state, context)} `, 'dim')), context.size.columns);
}

function modeSpan(state: LogsState, { model, look }: Context): Span {
  const dots = look.signs.ellipsis;
  if (model.connection.kind === 'away') return span(`torud is away: the log goes on when it is back`, 'bad');
  if (state.failure !== undefined) return span('stopped: G tries again', 'bad');
  if (state.scan !== undefined) {
    const way = state.scan.isBackward ? 'older' : 'newer';
    return span(`searching ${way} lines${dots} ${grouped(state.scan.seen)} read, esc stops`, 'busy');
  }
  if (state.older?.landing !== undefined) return span(`reading${dots}`, 'busy');
  // What is filtered is read from the oldest line on.
  if (state.top === undefined && state.live?.backlog !== undefined)
    return span(`reading${state.wants.pattern === undefined ? '' : ' older lines'}${dots}`, 'busy');
  if (state.top === undefined) return span('following', 'good');
  return span(state.isPaused ? 'paused' : 'not following', 'busy');
}

/** How many lines have come that were not seen. */
function newSpans(state: LogsState, context: Context): readonly Span[] {
  if (state.top === undefined || state.older?.landing !== undefined) return [];
  const { shown } = sceneOf(state, context);
  const waiting = state.readTo - Math.max(state.knownTo, shown.to);
  // Nobody reads them yet, so nobody has counted them.
  const isMore = state.live === undefined;
  if (waiting <= 0 && !isMore) return [span(' (G follows)', 'dim')];
  const count = `${grouped(Math.max(0, waiting))}${isMore ? '+' : ''}`;
  return [
    span(`  ${count} new ${count === '1' ? 'line waits' : 'lines wait'}`, 'accent'),
    span(' (G follows)', 'dim'),
  ];
}

function filterSpans({ wants, search, preview, style }: LogsState): readonly Span[] {
  const said = [
    wants.level === undefined ? '' : `${wants.level} and above`,
    wants.stream ?? '',
    wants.pattern === undefined ? '' : `&${wants.pattern.text}`,
  ].filter((one) => one !== '');
  const looked = preview ?? search;
  return [
    ...said.map((one) => span(`  ${sanitiseField(one)}`, 'accent')),
    span(looked === undefined ? '' : `  /${sanitiseField(looked.text)}`, 'dim'),
    span(style.wraps ? '  wrap' : style.left > 0 ? `  from column ${style.left + 1}` : '', 'dim'),
  ];
}

/** Which line of which run is at the bottom, for those who look at one plugin. */
function placeText(state: LogsState, context: Context): string {
  const { shown, rows } = sceneOf(state, context);
  const entry = entryAt(state.buffer, shown.to - 1);
  if (entry === undefined || entry.run === -1) return '';
  if (state.top !== undefined && state.buffer.isFromStart && shown.from === rows.from) return 'oldest line';
  return state.wants.ids.length === 1 ? `run ${entry.run} line ${entry.seq}` : '';
}

/** `12,345` */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
