/** `toru actions add NAME --script S [-- ARG…]`, `toru actions edit NAME` */

import type {
  QuickAction,
  QuickActionFields,
  QuickActionSetParams,
} from '../../protocol/control/quick-actions.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { Command, OptionSpec } from '../command.ts';
import { collect, given, integerOption, wordsOption } from '../option-values.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { DRY_CHANGE } from '../plan-answer.ts';
import type { Session } from '../session.ts';
import { actionChanges, changeText } from '../tasks/action-changes.ts';
import { argumentFault } from '../tasks/argument-limit.ts';
import { taskPlan } from '../tasks/task-plan.ts';
import { commandText } from '../tasks/task-words.ts';
import { CHANGED_ACTION, outcomeAnswer } from './actions.ts';

/** What `--clear` takes. */
export const CLEARABLE = ['title', 'args', 'icon', 'confirm', 'lock', 'timeout'] as const;

/** --timeout is the action's own. */
const ANSWER_LIMIT_MS = 10_000;

const FIELDS: readonly OptionSpec[] = [
  { name: 'title', value: 'TEXT', does: 'what people read; its name unless set' },
  { name: 'icon', value: 'EMOJI', does: 'one emoji' },
  { name: 'position', value: 'N', does: 'place in the list, from 1' },
  { name: 'confirm', value: 'TEXT', does: 'question that is asked where people click, before it is run' },
  { name: 'lock', value: 'LOCK', does: 'never together with another task with this lock' },
  { name: 'timeout', value: 'DUR', does: 'end its script after this time; none unless given' },
];

const OPERANDS = {
  operands: 'ACTION [-- ARG...]',
  minOperands: 1,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: false,
} as const;

export const actionsAdd: Command = {
  ...OPERANDS,
  verb: 'actions add',
  kind: 'action',
  options: [
    { name: 'script', value: 'SCRIPT', does: 'script of the scripts folder that it runs' },
    ...FIELDS,
    CHANGED_ACTION,
    DRY_CHANGE,
  ],
  does: 'add a quick action: a script with its arguments under a name',
  details: 'Exit code 1 when there is an action of this name: see "toru actions edit".',
  examples: [
    'toru actions add deploy --script deploy.sh --title "Deploy the shop" -- --fast',
    'toru actions add reboot --script reboot.sh --confirm "Really reboot?" --lock power',
  ],
  run: (session) => setAction(session, 'create'),
};

export const actionsEdit: Command = {
  ...OPERANDS,
  verb: 'actions edit',
  kind: 'action',
  options: [
    { name: 'rename', value: 'TEXT', does: 'a new name for it' },
    { name: 'script', value: 'SCRIPT', does: 'another script' },
    ...FIELDS,
    {
      name: 'clear',
      value: 'FIELD',
      isRepeatable: true,
      does: `take a value away: ${CLEARABLE.join(', ')}`,
    },
    CHANGED_ACTION,
    DRY_CHANGE,
  ],
  does: 'change a quick action; what is not named stays',
  details: 'Arguments behind -- replace all that it had.',
  examples: [
    'toru actions edit deploy --position 1',
    'toru actions edit deploy --clear confirm,lock -- --full',
  ],
  run: (session) => setAction(session, 'edit'),
};

async function setAction(session: Session, mode: 'create' | 'edit'): Promise<Answer> {
  const params = setParams(session, mode);
  if (!params.ok) return failed(params.failure);
  const { name } = params.value;
  const isDry = session.has('dry-run');
  // As it is now: a plan says what becomes of it.
  const before = isDry && mode === 'edit' ? await actionNamed(session, name) : undefined;
  const result = await session.client.call('quickAction.set', params.value, ANSWER_LIMIT_MS);
  if (!result.ok) return failed({ ...result.failure, name: result.failure.name ?? name });
  const { action, changed } = result.value;
  if (!isDry) {
    const hints = params.value.script === undefined ? [] : await scriptHints(session, params.value.script);
    return { ...outcomeAnswer(session, [[action.name, changed]], { actions: [action] }), hints };
  }
  const changes = before === undefined ? [] : actionChanges(before, action);
  const as = `runs ${commandText(action)}, at position ${action.position}`;
  const because = changes.length === 0 ? as : changes.map(changeText).join('; ');
  const word = mode === 'create' ? 'add' : 'edit';
  return taskPlan('quickAction', [
    [name, { action: changed ? word : 'nothing', because, more: before === undefined ? {} : { changes } }],
  ]);
}

async function actionNamed(session: Session, name: string): Promise<QuickAction | undefined> {
  const listed = await session.client.call('quickAction.list', {}, ANSWER_LIMIT_MS);
  return listed.ok ? listed.value.actions.find((one) => one.name === name) : undefined;
}

/** A script may come later than its action; whoever mistyped it should know at once. */
async function scriptHints(session: Session, script: string): Promise<readonly string[]> {
  const listed = await session.client.call('script.list', {}, ANSWER_LIMIT_MS);
  if (!listed.ok) return [];
  const found = listed.value.scripts.find(({ name }) => name === script);
  if (found === undefined) return [`there is no script "${script}" in ${listed.value.folder} yet`];
  return found.refused === null ? [] : [`the script "${script}" is refused: ${found.refused}`];
}

function setParams(session: Session, mode: 'create' | 'edit'): Result<QuickActionSetParams, ErrorBody> {
  const [name = '', ...args] = session.operands;
  const hint = 'is a variable of the script not set?';
  if (name === '') return failure(errorBody('usage', "the action's name is empty", { hint }));
  const options = collect({
    position: integerOption(session, 'position', 1),
    cleared: wordsOption(session, 'clear', CLEARABLE),
  });
  if (!options.ok) return options;
  const { position, cleared } = options.value;
  const tooMuch = argumentFault(args);
  if (tooMuch !== undefined) return failure({ ...tooMuch, name });
  const { timeoutMs, isTimeoutGiven } = session.globals;
  const fields: QuickActionFields = {
    ...given('script', session.value('script')),
    ...given('title', session.value('title')),
    ...given('icon', session.value('icon')),
    ...given('position', position),
    ...given('confirm', session.value('confirm')),
    ...given('lock', session.value('lock')),
    ...(isTimeoutGiven ? { timeoutMs: timeoutMs === 0 ? null : timeoutMs } : {}),
    ...(args.length > 0 ? { args } : {}),
  };
  if (mode === 'create' && fields.script === undefined) {
    const message = 'which script? --script is needed';
    return failure(errorBody('usage', message, { hint: '"toru scripts" lists them' }));
  }
  const clearing = clearedFields(fields, cleared);
  if (!clearing.ok) return clearing;
  const rename = session.value('rename');
  if (mode === 'edit' && rename === undefined && Object.keys({ ...fields, ...clearing.value }).length === 0)
    return failure(errorBody('usage', 'nothing is to be changed', { hint: 'see "toru help actions edit"' }));
  return success({
    name,
    mode,
    ...fields,
    ...clearing.value,
    ...given('rename', rename),
    ...(session.has('dry-run') ? { dryRun: true } : {}),
  });
}

function clearedFields(
  fields: QuickActionFields,
  cleared: readonly (typeof CLEARABLE)[number][],
): Result<QuickActionFields, ErrorBody> {
  const keys = cleared.map((word) => (word === 'timeout' ? 'timeoutMs' : word));
  const both = keys.findIndex((key) => fields[key] !== undefined);
  if (both !== -1) return failure(errorBody('usage', `set ${cleared[both] ?? ''} or --clear it, not both`));
  return success(Object.fromEntries(keys.map((key) => [key, key === 'args' ? [] : null])));
}
