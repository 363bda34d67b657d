/** One crash as lines: what is known of it above, its last lines below. Pure. */

import { crashFacts } from '../../../crash-facts.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { formatClock, formatSpan } from '../../../output/sizes.ts';
import { padTo, widthOf } from '../../../output/width.ts';
import { wrap } from '../../../output/wrap.ts';
import {
  BLANK,
  type Frame,
  fitted,
  type Line,
  line,
  lineWidth,
  type Role,
  span,
  spread,
} from '../../frame.ts';
import type { Context } from '../../screen.ts';
import type { Capsule } from './crash-capsule.ts';
import { lastLineRows, withMatches } from './crash-last-lines.ts';
import { beginningsOf, beginningText, streakAround } from './crash-marks.ts';
import type { CrashState } from './crash-state.ts';
import { inSigns } from './crash-words.ts';

/** Rows of last lines without which the facts scroll away with them. */
const MIN_LINES = 5;
const LABEL_WIDTH = 9;

export interface CrashLayout {
  /** Rows that stay. */
  readonly fixed: Frame;
  readonly scrolled: Frame;
  /** From which row of `scrolled` on its last lines stand. */
  readonly linesFrom: number;
  readonly height: number;
  /** Of `scrolled`. */
  readonly top: number;
}

export function crashView(state: CrashState, context: Context): Frame {
  const layout = crashLayout(state, context);
  if (layout === undefined) return emptyLines(state, context);
  const { fixed, scrolled, linesFrom, top, height } = layout;
  const shown = scrolled.slice(top, top + height);
  return [
    ...fixed,
    ...shown.map((row, index) => (top + index < linesFrom ? row : withMatches(row, state.filter))),
  ];
}

/** Undefined: there is nothing to lay out. */
export function crashLayout(state: CrashState, context: Context): CrashLayout | undefined {
  const { capsule } = state;
  if (capsule === undefined || state.failure !== undefined) return undefined;
  const { columns, rows } = context.size;
  const wanted = { columns, isWrapped: state.isWrapped, filter: state.filter };
  const lines = lastLineRows(capsule.crash, wanted);
  const shown = lines.length > 0 ? lines : [line(span(`  ${noLinesText(state, capsule)}`, 'dim'))];
  const facts = factLines(state, capsule, context);
  const isFixed = rows - facts.length - 1 >= Math.min(MIN_LINES, shown.length);
  const room = isFixed ? rows - facts.length - 1 : rows;
  const scrolled = isFixed ? shown : [...facts, ruleLine(state, capsule, undefined, context), ...shown];
  const most = Math.max(0, scrolled.length - room);
  // What was said last matters most; where the facts scroll as well, they come first.
  const top = Math.min(most, state.top ?? (isFixed ? most : 0));
  const part = { from: top + 1, to: Math.min(shown.length, top + room), of: shown.length };
  const fixed = isFixed ? [...facts, ruleLine(state, capsule, part, context)] : [];
  const linesFrom = scrolled.length - shown.length;
  return { fixed, scrolled, linesFrom, height: room, top };
}

function noLinesText({ filter }: CrashState, { crash }: Capsule): string {
  if (crash.lastLines.length > 0 && filter !== '')
    return `no line has "${sanitiseField(filter)}"; esc shows all`;
  return 'it wrote none';
}

function ruleLine(
  state: CrashState,
  { crash }: Capsule,
  part: { readonly from: number; readonly to: number; readonly of: number } | undefined,
  { look, size }: Context,
): Line {
  const { rule } = look.signs;
  const count = crash.lastLines.length;
  const filter = state.filter === '' ? '' : ` with "${sanitiseField(state.filter)}"`;
  const left = ` ${rule.repeat(2)} last lines${count === 0 ? '' : ` (${count})`}${filter} `;
  const right =
    part === undefined || part.of <= part.to - part.from + 1 ? '' : ` ${part.from}-${part.to} of ${part.of} `;
  const gap = Math.max(0, size.columns - widthOf(left) - widthOf(right) - 2);
  return line(span(left + rule.repeat(gap) + right + rule.repeat(2), 'dim'));
}

function factLines(state: CrashState, capsule: Capsule, context: Context): Frame {
  const { crash, lastGood } = capsule;
  const { look, size, wallMs } = context;
  const texts = new Map(crashFacts(crash, lastGood));
  const text = (label: string): string => sanitiseField(inSigns(texts.get(label) ?? '', look));
  const verdict = verdictText(capsule, context) ?? text('verdict');
  const streak = sanitiseField(streakText(state, capsule, context));
  const name = `  ${sanitiseField(crash.plugin)}  ${formatClock(crash.at, wallMs)}  run ${crash.runId}  version ${sanitiseField(crash.version)}`;
  const head = line(' ', span(`#${crash.id}`, 'strong'), name);
  const isBeside = lineWidth(head) + widthOf(streak) + 3 <= size.columns;
  return [
    isBeside ? spread(head, line(span(`${streak} `, 'accent')), size.columns) : head,
    ...flowed(
      [
        { label: 'cause', text: text('cause'), role: 'bad' },
        { label: 'peak', text: text('peak'), role: 'plain' },
        { label: 'verdict', text: verdict, role: crash.verdict === 'give-up' ? 'bad' : 'plain' },
      ],
      size.columns,
    ),
    ...labelled('detail', text('detail'), size.columns),
    ...labelled('changed', text('changed'), size.columns),
    ...(isBeside ? [] : labelled('since', streak, size.columns)),
    ...labelled('limits', text('limits'), size.columns),
  ];
}

interface Fact {
  readonly label: string;
  readonly text: string;
  readonly role: Role;
}

/** Facts beside each other, as many as a row takes. */
function flowed(facts: readonly Fact[], columns: number): Frame {
  const rows: Line[] = [];
  let row: Line = [];
  for (const { label, text, role } of facts) {
    const beside = line(...row, span(`    ${label}  `, 'dim'), span(text, role));
    if (row.length > 0 && lineWidth(beside) < columns) {
      row = beside;
      continue;
    }
    if (row.length > 0) rows.push(row);
    row = line(' ', span(padTo(label, LABEL_WIDTH), 'dim'), span(text, role));
  }
  return [...rows, row];
}

/** A text under its label in at most three rows. */
function labelled(label: string, text: string, columns: number): Frame {
  const room = Math.max(20, columns - LABEL_WIDTH - 2);
  const rows = wrap(text, room);
  const shown = rows.length > 3 ? [...rows.slice(0, 2), rows.slice(2).join(' ')] : rows;
  return shown.map((row, index) =>
    fitted(line(' ', span(padTo(index === 0 ? label : '', LABEL_WIDTH), 'dim'), row), Math.max(1, columns)),
  );
}

/** `3 of 8 since 13:58:02 · first after 1.4.0 was installed at 13:57:58`. */
function streakText(
  { siblings, changes }: CrashState,
  { crash }: Capsule,
  { look, wallMs }: Context,
): string {
  const streak = streakAround(siblings, crash.id);
  const first = streak.at(-1);
  // Each crash of the row counts the restarts before it, also those whose crashes are not kept any more.
  const count = (streak[0]?.restart ?? 0) + 1;
  const since = first === undefined || first.restart === 0 ? 'since' : 'since before';
  const ofMany =
    count < 2 || first === undefined
      ? ''
      : `${crash.restart + 1} of ${count} ${since} ${formatClock(first.at, wallMs)}`;
  const beginning = beginningsOf(siblings, true, changes).get(first?.id ?? crash.id);
  const began = beginning === undefined ? '' : beginningText(beginning, wallMs);
  return [ofMany, began].filter((part) => part !== '').join(` ${look.signs.between} `);
}

/** What is being done about it just now; undefined: nothing. */
function verdictText({ crash }: Capsule, { model, wallMs }: Context): string | undefined {
  const plugin = model.plugins.get(crash.plugin)?.plugin;
  if (plugin?.state !== 'backoff' || plugin.lastCrash?.id !== crash.id || plugin.nextRestartAt === null)
    return undefined;
  const leftMs = Math.max(0, Date.parse(plugin.nextRestartAt) - wallMs);
  return `retry in ${formatSpan(Math.ceil(leftMs / 1000) * 1000)}`;
}

function emptyLines({ failure, crashId }: CrashState, { model }: Context): Frame {
  if (failure === undefined) return [line(span(`  asking torud for crash #${crashId}…`, 'dim'))];
  const what = line(span(`  ${sanitiseField(failure.message)}`, 'bad'));
  if (failure.code === 'not_found')
    return [
      what,
      BLANK,
      line('  It is not kept any more: torud keeps the newest 200 crashes of each plugin.'),
      line(span('  n and p go to the others, esc goes back.', 'dim')),
    ];
  const isAway = model.connection.kind !== 'connected';
  return [
    what,
    line(
      span(
        `  ${isAway ? 'It is asked for again when torud is back.' : 'ctrl-r asks again, esc goes back.'}`,
        'dim',
      ),
    ),
  ];
}
