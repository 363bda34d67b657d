/** The question before something is done. Nothing is done before torud has said what goes down with it. */

import { constants } from 'node:os';
import type { PlanStep } from '../../protocol/control/plan.ts';
import type { ActionResult } from '../../protocol/control/plugins.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import type { Result } from '../../protocol/result.ts';
import { commandText } from './command-text.ts';
import type { Effect, Key } from './messages.ts';
import type { Model } from './model.ts';
import type { Context, PlainQuestion } from './screen.ts';
import type { PlanQuestion, TypedQuestion } from './typed-question.ts';

export interface Confirm {
  /** Of the question that was asked last: answers to others are out of date. */
  readonly tag: string;
  readonly argv: readonly string[];
  readonly plugins: readonly string[];
  readonly plan: Plan;
  /** The first line of the plan that is shown, where not all of it fits. */
  readonly top: number;
  /** Enter was pressed before it was known what that would do. */
  readonly isHasty: boolean;
  /** Absent: a key has asked. */
  readonly typed?: TypedQuestion;
  /** Of what is about no plugin. */
  readonly plain?: PlainQuestion;
}

export type Plan =
  /** torud is asked. */
  | { readonly kind: 'asked' }
  | {
      readonly kind: 'known';
      readonly steps: readonly PlanStep[];
      readonly errors: readonly ErrorBody[];
      readonly canAct: boolean;
    }
  /** torud was asked, and could not say. */
  | { readonly kind: 'refused'; readonly error: ErrorBody }
  /** It is nothing that torud plans. */
  | { readonly kind: 'none' };

export interface ConfirmStep {
  /** Undefined: the question is over. */
  readonly confirm: Confirm | undefined;
  readonly effects: readonly Effect[];
}

const METHODS = {
  start: 'plugin.start',
  stop: 'plugin.stop',
  restart: 'plugin.restart',
  'try-restart': 'plugin.tryRestart',
  reload: 'plugin.reload',
  enable: 'plugin.enable',
  disable: 'plugin.disable',
  kill: 'plugin.kill',
  'reset-failed': 'plugin.resetFailed',
} as const;

/** Those that are sent by hand; the first is what kill(1) sends. */
const SIGNALS = [
  'SIGTERM',
  'SIGKILL',
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGSTOP',
  'SIGCONT',
  'SIGABRT',
];
const FIRST_SIGNAL = 'SIGTERM';

export function openConfirm(
  argv: readonly string[],
  plugins: readonly string[],
  { nowMs }: Context,
  question?: TypedQuestion | PlainQuestion,
): { readonly confirm: Confirm; readonly effects: readonly Effect[] } {
  const first: Confirm = {
    tag: `confirm/${nowMs}`,
    argv,
    plugins,
    plan: { kind: 'none' },
    top: 0,
    isHasty: false,
  };
  if (question === undefined) return asked(first);
  return asked('argv' in question ? { ...first, typed: question } : { ...first, plain: question });
}

/** Asks torud, under a tag of its own, so that an older answer is not taken for this one's. */
function asked(confirm: Confirm): { readonly confirm: Confirm; readonly effects: readonly Effect[] } {
  const question = questionOf(confirm);
  if (question === undefined) return { confirm: { ...confirm, plan: { kind: 'none' } }, effects: [] };
  const { method } = question;
  const tag = `${confirm.tag}+`;
  const signal = method === 'plugin.kill' ? signalOf(confirm) : undefined;
  const params = { ...question.params, dryRun: true, ...(signal === undefined ? {} : { signal }) };
  return {
    confirm: { ...confirm, tag, plan: { kind: 'asked' } },
    effects: [{ type: 'call', tag, method, params }],
  };
}

function questionOf({ argv, plugins, typed, plain }: Confirm): PlanQuestion | undefined {
  if (typed !== undefined) return typed.plan;
  if (plain !== undefined) return undefined;
  const verb = argv[0] ?? '';
  if (!Object.hasOwn(METHODS, verb)) return undefined;
  return { method: METHODS[verb as keyof typeof METHODS], params: { names: plugins } };
}

export function confirmAnswered(confirm: Confirm, result: Result<unknown, ErrorBody>): Confirm {
  if (!result.ok) return { ...confirm, plan: { kind: 'refused', error: result.failure } };
  const { outcomes, plan = [] } = result.value as ActionResult;
  const errors = outcomes.flatMap(({ plugin, error }) =>
    error === undefined ? [] : [{ ...error, name: error.name ?? plugin }],
  );
  const canAct = outcomes.length === 0 || outcomes.some(({ error }) => error === undefined);
  return { ...confirm, plan: { kind: 'known', steps: plan, errors, canAct } };
}

/** What torud said before it went away is not true of the one that comes back. */
export function confirmReconnected(confirm: Confirm): ConfirmStep {
  return asked(confirm);
}

/** True when a plugin of the plan is in another state than the plan was made for. */
export function isStale({ plan }: Confirm, { plugins }: Model): boolean {
  if (plan.kind !== 'known') return false;
  return plan.steps.some(({ plugin, state }) => {
    const now = plugins.get(plugin)?.plugin.state;
    return state !== null && now !== undefined && now !== state;
  });
}

/** Why enter does nothing; undefined: it does. */
export function obstacleOf({ plan, isHasty }: Confirm, { model }: Context): string | undefined {
  const { connection } = model;
  if (connection.kind === 'away' && connection.isSilent === true)
    return 'torud does not answer: it is asked again when it does';
  if (connection.kind !== 'connected') return 'torud is away: it is asked again when it is back';
  switch (plan.kind) {
    case 'asked':
      return isHasty ? 'wait: torud has not yet said what this would do' : 'asking torud what this would do';
    case 'known':
      return plan.canAct ? undefined : 'it would fail';
    case 'refused':
      return 'torud does not say what this would do';
    case 'none':
      return undefined;
  }
}

export function confirmKey(confirm: Confirm, key: Key, context: Context): ConfirmStep {
  const stay = (change: Partial<Confirm>): ConfirmStep => ({
    confirm: { ...confirm, ...change },
    effects: [],
  });
  switch (key) {
    case 'enter': {
      if (obstacleOf(confirm, context) !== undefined) return stay({ isHasty: true });
      const gracesMs = gracesOf(confirm.plan);
      const typed = confirm.typed === undefined ? {} : { isTyped: true };
      return { confirm: undefined, effects: [{ type: 'act', argv: confirm.argv, gracesMs, ...typed }] };
    }
    case 'escape':
    case 'q':
    case 'n':
      return { confirm: undefined, effects: [] };
    case 'y':
      return { confirm, effects: [{ type: 'copy', text: commandText(context.model, confirm.argv) }] };
    case 'j':
    case 'down':
      return stay({ top: confirm.top + 1 });
    case 'k':
    case 'up':
      return stay({ top: Math.max(0, confirm.top - 1) });
    case 'pagedown':
    case ' ':
      return stay({ top: confirm.top + 5 });
    case 'pageup':
      return stay({ top: Math.max(0, confirm.top - 5) });
    case 'right':
    case 'l':
    case 'tab':
      return withSignal(confirm, 1);
    case 'left':
    case 'h':
      return withSignal(confirm, -1);
    default:
      return stay({});
  }
}

/** The signal of a `kill`. */
export function signalOf({ argv }: Pick<Confirm, 'argv'>): string | undefined {
  return argv[0] === 'kill' && argv[1] === '-s' ? argv[2] : undefined;
}

/** The next one, and its number: `SIGHUP (1)`. */
export function signalText(signal: string): string {
  const number = (constants.signals as Readonly<Record<string, number>>)[signal];
  return number === undefined ? signal : `${signal} (${number})`;
}

function withSignal(confirm: Confirm, step: number): ConfirmStep {
  const signal = signalOf(confirm);
  if (signal === undefined) return { confirm, effects: [] };
  const at = (SIGNALS.indexOf(signal) + step + SIGNALS.length) % SIGNALS.length;
  const argv = ['kill', '-s', SIGNALS[at] ?? FIRST_SIGNAL, ...confirm.plugins];
  return asked({ ...confirm, argv, isHasty: false });
}

function gracesOf(plan: Plan): ReadonlyMap<string, number> {
  const steps = plan.kind === 'known' ? plan.steps : [];
  return new Map(
    steps.flatMap(({ plugin, graceMs }) => (graceMs === undefined ? [] : [[plugin, graceMs] as const])),
  );
}
