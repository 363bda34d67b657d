/** `toru actions`, `toru actions list`, `toru actions remove NAME…` */

import type { QuickAction } from '../../protocol/control/quick-actions.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { CHANGED, changeAnswer } from '../action-command.ts';
import type { Command, OptionSpec } from '../command.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import type { Table } from '../output/table.ts';
import { ABSENT } from '../output/table.ts';
import { DRY_CHANGE } from '../plan-answer.ts';
import { lastedText } from '../run-text.ts';
import type { Session } from '../session.ts';
import { type TaskStep, taskPlan } from '../tasks/task-plan.ts';
import { commandText } from '../tasks/task-words.ts';

const NO_OPERANDS = { operands: '', minOperands: 0, maxOperands: 0, takesNames: false } as const;

export const CHANGED_ACTION: OptionSpec = {
  ...CHANGED,
  does: 'print a line an action: its name and "changed" or "unchanged"; with -o value the word alone',
};

export const actions: Command = {
  ...NO_OPERANDS,
  verb: 'actions',
  kind: 'query',
  options: [],
  does: 'list the quick actions, in their order',
  details:
    'A quick action is a named script with its arguments: a short command here, a button in the browser.',
  examples: ['toru actions', 'toru actions run deploy', 'toru actions --json'],
  run: listActions,
};

export const actionsList: Command = {
  ...actions,
  verb: 'actions list',
  does: 'the same as "toru actions"',
  examples: ['toru actions list -o value'],
};

export const actionsRemove: Command = {
  verb: 'actions remove',
  kind: 'action',
  operands: 'ACTION...',
  minOperands: 1,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: false,
  options: [CHANGED_ACTION, DRY_CHANGE],
  does: 'remove quick actions; their scripts stay',
  examples: ['toru actions remove deploy'],
  run: removeActions,
};

async function listActions(session: Session): Promise<Answer> {
  const result = await session.client.call('quickAction.list', {}, session.globals.timeoutMs);
  if (!result.ok) return failed(result.failure);
  const found = result.value.actions;
  return {
    document: { actions: found },
    records: found,
    values: found.map(({ name }) => name),
    table: actionTable(found),
    hints: found.length === 0 ? ['no quick actions; "toru actions add" makes one'] : [],
  };
}

function actionTable(found: readonly QuickAction[]): Table {
  return {
    columns: ['POS', 'NAME', 'ICON', 'TITLE', 'COMMAND', 'LOCK', 'LIMIT', 'CONFIRM'].map((title) =>
      title === 'POS' ? { title, align: 'right' } : { title },
    ),
    rows: found.map((action) => {
      const { position, name, icon, title, lock, timeoutMs, confirm } = action;
      return [
        String(position),
        name,
        icon === '' ? ABSENT : icon,
        title,
        commandText(action),
        lock ?? ABSENT,
        timeoutMs === null ? ABSENT : { text: lastedText(timeoutMs), plain: String(timeoutMs) },
        confirm ?? ABSENT,
      ];
    }),
  };
}

async function removeActions(session: Session): Promise<Answer> {
  const isDry = session.has('dry-run');
  const done: (readonly [name: string, isChanged: boolean])[] = [];
  const errors: ErrorBody[] = [];
  for (const name of session.operands) {
    const params = { name, ...(isDry ? { dryRun: true } : {}) };
    const result = await session.client.call('quickAction.remove', params, session.globals.timeoutMs);
    if (result.ok) done.push([name, result.value.changed]);
    else errors.push({ ...result.failure, name });
    if (!result.ok && result.failure.code === 'unreachable') break;
  }
  if (isDry) return { ...taskPlan('quickAction', done.map(stepOf)), errors };
  return { ...outcomeAnswer(session, done), errors };
}

function stepOf([name, isChanged]: readonly [string, boolean]): readonly [string, TaskStep] {
  return isChanged
    ? [name, { action: 'remove', because: 'asked for' }]
    : [name, { action: 'nothing', because: 'it is gone already' }];
}

/** Nothing for people when all went well, unless `--changed` asks. @param more further keys of the document */
export function outcomeAnswer(
  session: Session,
  done: readonly (readonly [name: string, isChanged: boolean])[],
  more: object = {},
): Answer {
  const outcomes = done.map(([name, changed]) => ({ quickAction: name, changed }));
  const words = done.map(([name, changed]) => [name, changed ? 'changed' : 'unchanged'] as const);
  return {
    ...(done.length > 0 ? { document: { ...more, outcomes }, records: outcomes } : {}),
    ...changeAnswer(words, session.has('changed')),
  };
}
