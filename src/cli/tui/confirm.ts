/** The question before something is done: what goes down with it, in which order, how long that took. */

import type { PlanStep } from '../../protocol/control/plan.ts';
import type { ActionResult } from '../../protocol/control/plugins.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import type { Result } from '../../protocol/result.ts';
import { formatSpan } from '../output/sizes.ts';
import { type Frame, fitted, type Line, line, span } from './frame.ts';
import type { Look } from './look.ts';
import type { Effect, Key } from './messages.ts';

export interface Confirm {
  readonly tag: string;
  readonly argv: readonly string[];
  /** Undefined while torud is asked. */
  readonly plan: readonly PlanStep[] | undefined;
  readonly failure: string | undefined;
  answered(result: Result<unknown, ErrorBody>): Confirm;
}

const METHODS: Readonly<
  Record<string, 'plugin.start' | 'plugin.stop' | 'plugin.restart' | 'plugin.enable' | 'plugin.disable'>
> = {
  start: 'plugin.start',
  stop: 'plugin.stop',
  restart: 'plugin.restart',
  enable: 'plugin.enable',
  disable: 'plugin.disable',
};

export function openConfirm(
  argv: readonly string[],
  plugins: readonly string[],
): { readonly confirm: Confirm; readonly effects: readonly Effect[] } {
  const method = METHODS[argv[0] ?? ''];
  const confirm = makeConfirm('confirm/plan', argv, method === undefined ? [] : undefined, undefined);
  if (method === undefined) return { confirm, effects: [] };
  return {
    confirm,
    effects: [{ type: 'call', tag: confirm.tag, method, params: { names: plugins, dryRun: true } }],
  };
}

function makeConfirm(
  tag: string,
  argv: readonly string[],
  plan: Confirm['plan'],
  failure: string | undefined,
): Confirm {
  return {
    tag,
    argv,
    plan,
    failure,
    answered: (result) =>
      result.ok
        ? makeConfirm(tag, argv, (result.value as ActionResult).plan ?? [], undefined)
        : makeConfirm(tag, argv, [], result.failure.message),
  };
}

export function confirmKey(
  confirm: Confirm,
  key: Key,
): { readonly confirm: Confirm | undefined; readonly effects: readonly Effect[] } {
  switch (key) {
    case 'enter':
      return { confirm: undefined, effects: [{ type: 'act', argv: confirm.argv }] };
    case 'escape':
    case 'q':
    case 'n':
      return { confirm: undefined, effects: [] };
    default:
      return { confirm, effects: [] };
  }
}

/** A box of at most `columns` columns. */
export function confirmView(confirm: Confirm, look: Look, columns: number): Frame {
  const [topLeft, topRight, bottomLeft, bottomRight, across, down] = look.signs.box;
  const width = Math.min(columns - 2, 74);
  const inner = width - 4;
  const title = ` ${confirm.argv.join(' ')} `;
  const head = line(
    topLeft,
    across,
    span(title, 'title'),
    across.repeat(Math.max(0, width - 3 - title.length)),
    topRight,
  );
  const body = bodyOf(confirm, look).map((one) => line(`${down} `, ...fitted(one, inner), ` ${down}`));
  const foot = line(bottomLeft, across.repeat(width - 2), bottomRight);
  return [head, ...body, foot];
}

function bodyOf(confirm: Confirm, look: Look): readonly Line[] {
  const keys = line(
    span('[enter]', 'key'),
    ` ${confirm.argv[0] ?? 'do it'}   `,
    span('[esc]', 'key'),
    ' leave it',
  );
  if (confirm.plan === undefined) return [line(span('asking torud what this would do…', 'dim')), keys];
  if (confirm.failure !== undefined) return [line(span(confirm.failure, 'bad')), keys];
  const others = confirm.plan.filter((step) => step.because !== 'asked for' && step.action !== 'nothing');
  const own = confirm.plan.filter((step) => step.because === 'asked for');
  const lines: Line[] = [];
  if (others.length > 0) {
    const names = others.map((step) => `${step.action} ${step.plugin}${lastText(step)}`).join(', ');
    lines.push(line(span('with it, in this order: ', 'strong'), names));
  }
  for (const step of own) lines.push(line(stepText(step)));
  for (const step of confirm.plan)
    if (step.error !== undefined) lines.push(line(span(`${step.plugin}: ${step.error.message}`, 'bad')));
  if (lines.length === 0)
    lines.push(
      line(span(`nothing else is concerned ${look.signs.between} this is what torud is asked`, 'dim')),
    );
  return [...lines, keys];
}

function stepText(step: PlanStep): string {
  const grace = step.graceMs === undefined ? '' : `: SIGTERM, up to ${formatSpan(step.graceMs)}, then KILL`;
  return `${step.action} ${step.plugin}${grace}${lastText(step)}`;
}

function lastText(step: PlanStep): string {
  if (step.lastMs.length === 0) return '';
  const least = formatSpan(Math.min(...step.lastMs));
  const most = formatSpan(Math.max(...step.lastMs));
  return least === most ? ` (${most})` : ` (${least} to ${most})`;
}
