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

/** The daemon keeps the time limit; the client's own is longer, for a daemon that hangs. */
export const GUARD_MS = 5_000;

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
  /** Parameters beside the names and the time limit. */
  readonly more?: (session: Session) => Result<object, ErrorBody>;
}

export function actionCommand(spec: ActionSpec): Command {
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
  };
}

async function runAction(session: Session, spec: ActionSpec): Promise<Answer> {
  const more = spec.more?.(session);
  if (more?.ok === false) return failed(more.failure);
  const { timeoutMs, isBlocking } = session.globals;
  const isForAll = session.operands.length === 0 && !session.globals.isAll;
  const params = {
    ...session.selection,
    ...(isForAll ? { all: true } : {}),
    ...(isBlocking ? {} : { noBlock: true }),
    ...(timeoutMs === 0 ? {} : { timeoutMs }),
    ...more?.value,
  };
  const progress = startProgress(session, spec.participle);
  const method: CallName = spec.method;
  const result = await session.client.call(
    method,
    params as ParamsOf<typeof method>,
    timeoutMs === 0 ? 0 : timeoutMs + GUARD_MS,
  );
  progress.end();
  if (!result.ok) return failed(withNames(result.failure, session));
  return outcomeAnswer((result.value as ActionResult).outcomes, session.has('changed'));
}

/** A time-out says what was pending: the names, when the daemon could not. */
function withNames(error: ErrorBody, session: Session): ErrorBody {
  if (error.code !== 'timeout' || error.name !== undefined) return error;
  return { ...error, name: session.operands.join(' ') || '--all' };
}

function outcomeAnswer(outcomes: readonly ActionOutcome[], isChangeAsked: boolean): Answer {
  const errors = outcomes.flatMap(({ plugin, error }) =>
    error === undefined ? [] : [{ ...error, name: error.name ?? plugin }],
  );
  const done = outcomes.filter((outcome) => outcome.error === undefined);
  const changes = done.map(({ plugin, changed }) => [plugin, changed ? 'changed' : 'unchanged'] as const);
  const shown = outcomes.map((outcome) =>
    outcome.error === undefined ? outcome : { ...outcome, error: errorDocument(outcome.error) },
  );
  return { document: { outcomes: shown }, records: shown, ...changeAnswer(changes, isChangeAsked), errors };
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
