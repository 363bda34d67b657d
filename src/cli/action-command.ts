/** The verbs that change a plugin's life have one shape: names in, one outcome a plugin out, silence when all went well. */

import type { ActionName, CallName, ParamsOf } from '../protocol/control/methods.ts';
import type { ActionOutcome, ActionResult } from '../protocol/control/plugins.ts';
import type { ErrorBody } from '../protocol/errors.ts';
import type { Result } from '../protocol/result.ts';
import type { Command, OptionSpec } from './command.ts';
import type { Answer } from './output/answer.ts';
import { failed } from './output/answer.ts';
import { errorDocument } from './output/report-error.ts';
import { startProgress } from './progress.ts';
import type { Session } from './session.ts';

const LONGEST_GUARD_MS = 5_000;
const SHORTEST_GUARD_MS = 500;

/**
 * The daemon keeps the time limit; the client's own is longer, for a daemon that hangs: by as much again, half a second
 * to five.
 * @param limitMs 0: no limit
 */
export function guardedLimitMs(limitMs: number): number {
  if (limitMs === 0) return 0;
  return limitMs + Math.min(LONGEST_GUARD_MS, Math.max(SHORTEST_GUARD_MS, limitMs));
}

/** Of every verb that changes something. */
export const CHANGED: OptionSpec = {
  name: 'changed',
  does: 'print a line a plugin: its id and "changed" or "unchanged"; with -o value the word alone',
};

export interface ActionSpec {
  readonly verb: string;
  readonly method: ActionName;
  /** `stopping`, for the live line. */
  readonly participle: string;
  readonly does: string;
  readonly details?: string;
  readonly options?: readonly OptionSpec[];
  readonly examples: readonly string[];
  /** No names: every plugin. */
  readonly areNamesOptional?: boolean;
  /** It begins a run whose end may be waited for. */
  readonly canWait?: boolean;
  /** Parameters beside the names and the time limit. */
  readonly more?: (session: Session) => Result<object, ErrorBody>;
}

export interface ActionCommand extends Command {
  readonly spec: ActionSpec;
}

export function actionCommand(spec: ActionSpec): ActionCommand {
  return {
    verb: spec.verb,
    kind: 'action',
    operands: spec.areNamesOptional === true ? '[NAME...]' : 'NAME...',
    minOperands: spec.areNamesOptional === true ? 0 : 1,
    maxOperands: Number.POSITIVE_INFINITY,
    takesNames: true,
    options: [...(spec.options ?? []), CHANGED],
    does: spec.does,
    ...(spec.details === undefined ? {} : { details: spec.details }),
    examples: spec.examples,
    run: (session) => runAction(session, spec),
    spec,
  };
}

async function runAction(session: Session, spec: ActionSpec): Promise<Answer> {
  const params = actionParams(session, spec);
  if (!params.ok) return failed(params.failure);
  const progress = startProgress(session, session.has('wait') ? 'waiting for' : spec.participle);
  const result = await callAction(session, spec, params.value);
  progress.end();
  return result.ok ? outcomeAnswer(result.value.outcomes, session.has('changed')) : failed(result.failure);
}

/** Names, limits, and what the verb has beside them. */
export function actionParams(session: Session, spec: ActionSpec): Result<object, ErrorBody> {
  const more = spec.more?.(session);
  if (more?.ok === false) return more;
  const { isBlocking, isAll } = session.globals;
  const limitMs = limitOf(session);
  const isForAll = session.operands.length === 0 && !isAll;
  return {
    ok: true,
    value: {
      ...session.selection,
      ...(isForAll ? { all: true } : {}),
      ...(isBlocking ? {} : { noBlock: true }),
      ...(limitMs === 0 ? {} : { timeoutMs: limitMs }),
      ...(session.has('wait') ? { wait: true } : {}),
      ...more?.value,
    },
  };
}

export async function callAction(
  session: Session,
  spec: ActionSpec,
  params: object,
): Promise<Result<ActionResult, ErrorBody>> {
  const limitMs = limitOf(session);
  const method: CallName = spec.method;
  const result = await session.client.call(
    method,
    params as ParamsOf<typeof method>,
    guardedLimitMs(limitMs),
  );
  if (!result.ok) return { ok: false, failure: withNames(result.failure, session) };
  return { ok: true, value: result.value as ActionResult };
}

/** A run may last for ever: whoever waits for its end has no limit unless one is given. */
function limitOf(session: Session): number {
  const { timeoutMs, isTimeoutGiven } = session.globals;
  return session.has('wait') && !isTimeoutGiven ? 0 : timeoutMs;
}

/** A time-out says what was pending: the names, when the daemon could not. */
function withNames(error: ErrorBody, session: Session): ErrorBody {
  if (error.code !== 'timeout' || error.name !== undefined) return error;
  return { ...error, name: session.operands.join(' ') || '--all' };
}

function outcomeAnswer(outcomes: readonly ActionOutcome[], isChangeAsked: boolean): Answer {
  const errors = outcomeErrors(outcomes);
  const done = outcomes.filter((outcome) => outcome.error === undefined);
  const changes = done.map(({ plugin, changed }) => [plugin, changed ? 'changed' : 'unchanged'] as const);
  const shown = outcomes.map((outcome) =>
    outcome.error === undefined ? outcome : { ...outcome, error: errorDocument(outcome.error) },
  );
  return { document: { outcomes: shown }, records: shown, ...changeAnswer(changes, isChangeAsked), errors };
}

export function outcomeErrors(outcomes: readonly Pick<ActionOutcome, 'plugin' | 'error'>[]): ErrorBody[] {
  return outcomes.flatMap(({ plugin, error }) =>
    error === undefined ? [] : [{ ...error, name: error.name ?? plugin }],
  );
}

/** What --changed prints; nothing without it. */
export function changeAnswer(
  changes: readonly (readonly [id: string, word: string])[],
  isAsked: boolean,
): Pick<Answer, 'values' | 'table'> {
  if (!isAsked) return { values: [] };
  const columns = [{ title: 'ID' }, { title: 'CHANGE' }];
  return { values: changes.map(([, word]) => word), table: { columns, rows: changes } };
}

/** `--changed` of verbs that are not about named plugins: the ids that are other ones now, or that nothing is. */
export function changesAnswer(ids: readonly string[]): Pick<Answer, 'values' | 'table'> {
  if (ids.length === 0) return changeAnswer([['torud', 'unchanged']], true);
  return changeAnswer(
    ids.map((id) => [id, 'changed']),
    true,
  );
}
