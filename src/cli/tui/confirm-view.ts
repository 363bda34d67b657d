/** The box of a question: what goes down with it, in which order, how long that took the last times. Pure. */

import type { PlanStep } from '../../protocol/control/plan.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { sanitiseField } from '../output/sanitise.ts';
import { formatSpan } from '../output/sizes.ts';
import { widthOf } from '../output/width.ts';
import { actText, commandText } from './command-text.ts';
import { type Confirm, obstacleOf, signalOf, signalText } from './confirm.ts';
import { followersOf } from './confirm-followers.ts';
import { hardWrapped } from './desk-view.ts';
import { type Frame, fitted, type Line, line, lineWidth, type Role, span } from './frame.ts';
import type { Context } from './screen.ts';

const WIDEST = 78;
/** Of those that were asked for, so many have a line of their own. */
const MAX_OWN = 4;

interface Row {
  readonly line: Line;
  /** Plugins that it names. */
  readonly count: number;
}

/** A box that fits into the body. */
export function confirmView(confirm: Confirm, context: Context): Frame {
  const [topLeft, topRight, bottomLeft, bottomRight, across, down] = context.look.signs.box;
  const { width, room } = boxOf(context);
  const inner = width - 4;
  const title = fitted(
    line(span(` ${actText(confirm.argv)} `, 'title')),
    Math.min(inner, widthOf(actText(confirm.argv)) + 2),
  );
  const filler = across.repeat(Math.max(0, width - 3 - Math.min(inner, widthOf(actText(confirm.argv)) + 2)));
  const body = [...windowed(rowsOf(confirm, context, inner), confirm.top, room), keysLine(confirm, context)];
  return [
    line(topLeft, across, ...title, filler, topRight),
    ...body.map((one) => line(`${down} `, ...fitted(one, inner), ` ${down}`)),
    line(bottomLeft, across.repeat(width - 2), bottomRight),
  ];
}

function keysLine(confirm: Confirm, context: Context): Line {
  const obstacle = obstacleOf(confirm, context);
  const verb = verbOf(confirm);
  const enter =
    obstacle === undefined ? [span('[enter]', 'key'), ` ${verb}   `] : [span(`[enter] ${verb}   `, 'dim')];
  const signal = signalOf(confirm) === undefined ? [] : [span('[left right]', 'key'), ' signal   '];
  return line(...enter, ...signal, span('[esc]', 'key'), ' leave it');
}

function verbOf({ argv, typed, plain }: Confirm): string {
  return typed?.verb ?? plain?.verb ?? argv[0] ?? 'do it';
}

/** Not further down than there is something: one key back is seen at once. */
export function scrolled(confirm: Confirm, context: Context): Confirm {
  const { width, room } = boxOf(context);
  const length = rowsOf(confirm, context, width - 4).length;
  const most = length <= room ? 0 : length - Math.max(1, room - 1);
  return confirm.top <= most ? confirm : { ...confirm, top: most };
}

/** Columns of the box, and rows in it that are the plan's. */
function boxOf({ size }: Context): { readonly width: number; readonly room: number } {
  return { width: Math.max(16, Math.min(size.columns - 2, WIDEST)), room: Math.max(1, size.rows - 3) };
}

/** What of it fits; the last line says how much does not. */
function windowed(rows: readonly Row[], top: number, room: number): readonly Line[] {
  if (rows.length <= room) return rows.map((row) => row.line);
  const height = Math.max(1, room - 1);
  const from = Math.min(top, rows.length - height);
  const shown = rows.slice(from, from + height);
  const hidden = rows.slice(from + height);
  const count = hidden.reduce((sum, row) => sum + row.count, 0);
  const left =
    hidden.length === 0 ? 'the end' : count > 0 ? `and ${count} more` : `and ${hidden.length} more lines`;
  return [...shown.map((row) => row.line), line(span(`${left} (j k scroll)`, 'strong'))];
}

function rowsOf(confirm: Confirm, context: Context, inner: number): readonly Row[] {
  const { plan } = confirm;
  const obstacle = obstacleOf(confirm, context);
  const told = (text: string, role: Role): readonly Row[] =>
    hardWrapped(text, inner).map((one) => ({ line: line(span(one, role)), count: 0 }));
  const isAway = context.model.connection.kind !== 'connected';
  const rows: Row[] = [];
  if (isAway || plan.kind === 'asked') {
    const pressed = isAway && confirm.isHasty ? 'nothing was done: ' : '';
    const waiting = `${pressed}${obstacle ?? ''}${isAway ? '' : context.look.signs.ellipsis}`;
    return told(waiting, isAway || confirm.isHasty ? 'bad' : 'dim');
  }
  if (plan.kind === 'refused') return told(errorText(plan.error), 'bad');
  if (plan.kind === 'known') {
    rows.push(...planRows(plan.steps, confirm, context, inner));
    for (const error of plan.errors) rows.push(...told(errorText(error), 'bad'));
    if (plan.errors.length > 0 && plan.canAct) rows.push(...told('the rest is done all the same', 'strong'));
  }
  if (plan.kind === 'none')
    rows.push(...told(`this runs: ${commandText(context.model, confirm.argv)}`, 'strong'));
  else if (rows.length === 0) rows.push(...told('nothing else is concerned', 'dim'));
  const note = confirm.typed?.note ?? (confirm.plain && sanitiseField(confirm.plain.note));
  return note === undefined ? rows : [...rows, ...told(note, 'plain')];
}

function errorText({ name, message, hint }: ErrorBody): string {
  const about = name === undefined || message.includes(name) ? '' : `${name}: `;
  return sanitiseField(`${about}${message}${hint === undefined ? '' : `; ${hint}`}`);
}

function planRows(
  steps: readonly PlanStep[],
  confirm: Confirm,
  context: Context,
  inner: number,
): readonly Row[] {
  const isOwn = ({ plugin, because }: PlanStep): boolean =>
    because === 'asked for' || confirm.plugins.includes(plugin);
  const done = steps.filter((step) => step.error === undefined);
  const others = done.filter((step) => !isOwn(step) && step.action !== 'nothing');
  const of = (action: string): readonly PlanStep[] => others.filter((step) => step.action === action);
  const isBack = of('stop').length > 0;
  const odd = others.filter(({ action }) => action !== 'stop' && action !== 'start');
  const own = done.filter(isOwn);
  const rest = [
    ...list(of('stop'), 'goes down with it, in this order:', context, inner),
    ...(isBack ? [] : list(of('start'), 'is started first, for it is needed:', context, inner)),
    ...list(odd, 'also:', context, inner),
  ];
  const ownRows =
    own.length > MAX_OWN
      ? list(
          own,
          `${rest.length > 0 ? 'then ' : ''}${verbOf(confirm)}, ${own.length} plugins:`,
          context,
          inner,
        )
      : own.flatMap((step) => ownRow(step, rest.length > 0, context, inner));
  return [
    ...rest,
    ...ownRows,
    ...(isBack ? list(of('start'), 'is started again after it:', context, inner) : []),
    ...list(followersOf(steps, context.model), 'and then what waits for it:', context, inner),
  ];
}

/** Names with how long it took, behind the title; an arrow where the next ones wait for those before. */
function list(steps: readonly PlanStep[], title: string, context: Context, inner: number): readonly Row[] {
  if (steps.length === 0) return [];
  const { arrow } = context.look.signs;
  const rows: Row[] = [];
  let lead: Line = line(span(title, 'strong'));
  let text = '';
  let count = 0;
  const end = (): void => {
    rows.push({ line: line(...lead, text), count });
    lead = line('  ');
    text = '';
    count = 0;
  };
  steps.forEach((step, at) => {
    const before = at === 0 ? ' ' : step.level === steps[at - 1]?.level ? ', ' : ` ${arrow} `;
    const took = step.lastMs.length === 0 ? '' : ` (${spanText(step.lastMs, context)})`;
    const item = `${sanitiseField(step.plugin)}${took}`;
    // With room for the comma that may follow.
    if (lineWidth(lead) + widthOf(text) + widthOf(before) + widthOf(item) > inner - 1) {
      // The arrow stays with what comes after it, the comma with what is before it.
      const isComma = before === ', ';
      const carried = text === '' || isComma ? item : `${before.trimStart()}${item}`;
      if (isComma) text += ',';
      end();
      text = carried;
    } else text += `${before}${item}`;
    count += 1;
  });
  end();
  return rows;
}

function ownRow(step: PlanStep, isLast: boolean, context: Context, inner: number): readonly Row[] {
  const parts = [ownText(step, context.look.signs.between), pastText(step, context)].filter(
    (part) => part !== '',
  );
  const text = `${isLast ? 'then ' : ''}${sanitiseField(step.plugin)}: ${parts.join(` ${context.look.signs.between} `)}`;
  const needers = step.action === 'signal' ? neededBy(step.plugin, context) : '';
  return hardWrapped(`${text}${needers}`, inner).map((one, at) => ({
    line: line(one),
    count: at === 0 ? 1 : 0,
  }));
}

/** Those that run now and would lose what they need. */
function neededBy(id: string, { model }: Context): string {
  const running = (model.plugins.get(id)?.plugin.neededBy ?? []).filter(
    (other) => model.plugins.get(other)?.plugin.pid !== null,
  );
  return running.length === 0 ? '' : `; needed by ${sanitiseField(running.join(', '))}`;
}

function ownText({ action, graceMs, because: reason, state }: PlanStep, between: string): string {
  const because = sanitiseField(reason);
  const grace = graceMs === undefined ? '' : `SIGTERM, up to ${formatSpan(graceMs)}, then KILL`;
  switch (action) {
    case 'nothing':
      return because;
    case 'signal': {
      const signal = because.split(' ')[0] ?? '';
      const sent = because.replace(signal, signalText(signal));
      return `${sent} ${between} what ends by it counts as a crash, and its restart setting decides`;
    }
    case 'start':
      return state === null ? 'start' : `start, it is ${state === 'backoff' ? 'in backoff' : state}`;
    case 'stop':
      return grace === '' ? 'stop' : grace;
    default:
      return grace === '' ? action : `${action}: ${grace}`;
  }
}

/** `the last 5 took 0.3 s to 0.9 s` */
function pastText({ lastMs }: PlanStep, context: Context): string {
  if (lastMs.length === 0) return '';
  const times = lastMs.length === 1 ? 'the last time took' : `the last ${lastMs.length} times took`;
  return `${times} ${spanText(lastMs, context)}`;
}

function spanText(lastMs: readonly number[], context: Context): string {
  const least = formatSpan(Math.min(...lastMs));
  const most = formatSpan(Math.max(...lastMs));
  if (least === most) return most;
  const dash = context.look.signs.absent;
  const [, unit] = most.split(' ');
  return least.endsWith(` ${unit}`)
    ? `${least.slice(0, -1 - (unit ?? '').length)}${dash}${most}`
    : `${least} ${dash} ${most}`;
}
