/** `toru run SCRIPT [-- ARG…]` */

import type { TaskRunParams } from '../../protocol/control/tasks.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { guardedLimitMs } from '../action-command.ts';
import type { Command, OptionSpec } from '../command.ts';
import { DEFAULT_TIMEOUT_MS } from '../globals.ts';
import { given } from '../option-values.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { DRY_RUN } from '../plan-answer.ts';
import type { Session } from '../session.ts';
import { argumentFault } from '../tasks/argument-limit.ts';
import { ownFailure, runTask } from '../tasks/attach.ts';
import { lastDurations, taskPlan } from '../tasks/task-plan.ts';

/** Of the verbs that begin a task. */
export const DETACH: OptionSpec = {
  name: 'detach',
  short: 'd',
  does: "print the task's id and leave it running; the same as --no-block",
};

export const NO_QUEUE: OptionSpec = {
  name: 'no-queue',
  does: 'fail instead of waiting for a lock or for a place among the tasks',
};

/** What both verbs say of the foreground. */
export const ATTACHED =
  'Standard output and standard error of the script come as they are; its standard input is empty. A task outlives toru, its terminal and torud: Ctrl-C cancels it (SIGTERM, and SIGKILL after the grace time), Ctrl-C again kills it at once; SIGTERM, SIGHUP and SIGQUIT end toru alone, as does a reader of its output that leaves ("| head"), which is exit code 0. When torud is restarted or upgraded meanwhile it goes on where it was. A script that floods waits for whoever reads; when nothing is read for some seconds it goes on, and what then no longer fits into output_max ([tasks] in torud.toml) is lost, which is said.';

const EXIT_CODES =
  'Exit code: that of the script; 128+N when signal N ended it; 124 when its time limit has passed; 125 a failure of toru or torud, 126 the script is refused or cannot be executed, 127 there is no such script.';

const FORMATS =
  'With --json the document goes to standard output when the task has ended, and both streams of the script to standard error; with -o json-lines each piece of the output is an object a line, what was lost one with "kind":"gap", and the task the last one.';

export const run: Command = {
  verb: 'run',
  kind: 'action',
  operands: 'SCRIPT [-- ARG...]',
  minOperands: 1,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: false,
  options: [
    DETACH,
    { name: 'timeout', value: 'DUR', does: 'end the script after this time; none unless given' },
    {
      name: 'env',
      short: 'e',
      value: 'K=V',
      isRepeatable: true,
      does: 'add to its environment; K alone takes the value from here; for admins',
    },
    { name: 'lock', value: 'LOCK', does: 'never together with another task with this lock: waits for it' },
    NO_QUEUE,
    { name: 'name', value: 'TEXT', does: 'what to call the task in lists' },
    DRY_RUN,
  ],
  does: 'run a script of the scripts folder, with its output here',
  details: `${ATTACHED} ${EXIT_CODES} ${FORMATS}`,
  examples: [
    'toru run backup.sh',
    'toru run backup.sh --lock backup --timeout 1h -- --full /srv',
    'id=$(toru run --detach backup.sh)',
  ],
  run: runRun,
};

async function runRun(session: Session): Promise<Answer> {
  const params = runParams(session);
  if (!params.ok) return failed(params.failure);
  const { script, args = [], lock } = params.value;
  const limitMs = answerLimitMs(session);
  if (!session.has('dry-run'))
    return runTask(session, {
      verb: 'run',
      name: script,
      begin: () => session.client.call('task.run', params.value, limitMs),
    });
  const planned = await session.client.call('task.run', { ...params.value, dryRun: true }, limitMs);
  if (!planned.ok) return ownFailure(planned.failure, script);
  const because = lock === undefined ? 'asked for' : `asked for, with the lock "${lock}"`;
  const lastMs = await lastDurations(session, script);
  return taskPlan('script', [[script, { action: 'run', because, command: { script, args }, lastMs }]]);
}

function runParams(session: Session): Result<TaskRunParams, ErrorBody> {
  const [script = '', ...args] = session.operands;
  const hint = 'is a variable of the script not set?';
  if (script === '') return failure(errorBody('usage', "the script's name is empty", { hint }));
  const env = variables(session.occurrences('env'), process.env);
  if (!env.ok) return env;
  const tooMuch = argumentFault(args, env.value);
  if (tooMuch !== undefined) return failure({ ...tooMuch, name: script });
  const { timeoutMs, isTimeoutGiven } = session.globals;
  return success({
    script,
    ...(args.length > 0 ? { args } : {}),
    ...(Object.keys(env.value).length > 0 ? { env: env.value } : {}),
    ...(isTimeoutGiven && timeoutMs > 0 ? { timeoutMs } : {}),
    ...given('lock', session.value('lock')),
    ...given('name', session.value('name')),
    ...(session.has('no-queue') ? { noQueue: true } : {}),
  });
}

/** `K=V`, and `K` for the value that it has in `from`. */
export function variables(
  words: readonly string[],
  from: Readonly<Record<string, string | undefined>>,
): Result<Readonly<Record<string, string>>, ErrorBody> {
  const found = new Map<string, string>();
  for (const word of words) {
    const equals = word.indexOf('=');
    const name = equals === -1 ? word : word.slice(0, equals);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      return failure(errorBody('usage', `--env: "${name}" is no name of a variable`, { hint: 'write K=V' }));
    const value = equals === -1 ? from[name] : word.slice(equals + 1);
    if (value === undefined)
      return failure(errorBody('usage', `--env: ${name} is not set here`, { hint: 'write K=V' }));
    found.set(name, value);
  }
  return success(Object.fromEntries(found));
}

/** torud answers as soon as the task is on disk; its time limit is kept there. */
function answerLimitMs({ globals }: Session): number {
  const { timeoutMs, isTimeoutGiven } = globals;
  return isTimeoutGiven && timeoutMs > 0
    ? Math.min(guardedLimitMs(timeoutMs), DEFAULT_TIMEOUT_MS)
    : DEFAULT_TIMEOUT_MS;
}
