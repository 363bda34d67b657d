/** `toru tasks` */

import { limitText, within } from '../../client/time-limit.ts';
import { isFinal, TASK_STATES, type Task } from '../../protocol/control/tasks.ts';
import { errorBody } from '../../protocol/errors.ts';
import type { Command } from '../command.ts';
import { follow } from '../follow.ts';
import { MOMENT_FORMS } from '../moment.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { writeFollow } from '../output/sink.ts';
import type { Session } from '../session.ts';
import { matches, readTasks, type TaskQuery, taskQuery } from '../tasks/task-query.ts';
import { taskLine, taskTable } from '../tasks/task-text.ts';

/** Tasks that a follow shows first, unless their number or a time is given. */
const FIRST_TASKS = 10;
const MOST_WATCHED = 1_000;

export const tasks: Command = {
  verb: 'tasks',
  kind: 'query',
  operands: '',
  minOperands: 0,
  maxOperands: 0,
  takesNames: false,
  options: [
    { name: 'since', value: 'T', does: `asked for at this time or later: ${MOMENT_FORMS}` },
    { name: 'until', value: 'T', does: 'asked for at this time or earlier' },
    { name: 'state', value: 'S', isRepeatable: true, does: `only in this state: ${TASK_STATES.join(', ')}` },
    { name: 'failed', does: 'those that failed or were lost: the same as --state failed,lost' },
    { name: 'running', does: 'the same as --state running' },
    { name: 'script', value: 'SCRIPT', does: 'only tasks of this script' },
    {
      name: 'lines',
      short: 'n',
      value: 'N',
      does: 'only the newest N; with -f before the changes (10; 0: none)',
    },
    {
      name: 'follow',
      short: 'f',
      does: 'a line each: the newest tasks first, then every change that is to come, also over a restart of torud',
    },
    { name: 'fail-empty', does: 'exit code 1 when there was none' },
  ],
  does: 'list tasks, newest first: what ran, when, how it ended, by whom',
  details:
    'Without --since, --until and -n the newest 100. A task is one execution of a script; it is "lost" when nobody saw its end, because the machine went down. The beginning of an id is enough for "toru task"; --plain, -o value and --json have it whole.',
  examples: [
    'toru tasks',
    'toru tasks --since yesterday --failed',
    'toru tasks --script backup.sh -n 1 --json',
    'toru tasks -f',
    'toru tasks -f -n 0 --json | jq --unbuffered -r "[.id, .state] | @tsv"',
  ],
  run: runTasks,
};

async function runTasks(session: Session): Promise<Answer> {
  const query = taskQuery(session, Date.now());
  if (!query.ok) return failed(query.failure);
  const { timeoutMs, isTimeoutGiven } = session.globals;
  const isFollow = session.has('follow');
  const work = isFollow ? followTasks(session, query.value) : listTasks(session, query.value);
  const answer = await within(work, isFollow && !isTimeoutGiven ? 0 : timeoutMs);
  return answer ?? failed(errorBody('timeout', `the time limit of ${limitText(timeoutMs)} has passed`));
}

async function listTasks(session: Session, query: TaskQuery): Promise<Answer> {
  const read = await readTasks(session, query);
  if (!read.ok) return failed(read.failure);
  const { tasks: found, isCut } = read.value;
  const isFault = found.length === 0 && session.has('fail-empty');
  return {
    document: { tasks: found },
    records: found,
    values: found.map(({ id }) => id),
    table: taskTable(found),
    hints: [
      ...(found.length === 0 ? ['no tasks'] : []),
      ...(isCut ? [`there are older ones than these ${found.length}; -n or --since shows more`] : []),
    ],
    ...(isFault ? { exitCode: 1 } : {}),
  };
}

/** One task a line: first the newest ones, then each that begins, waits for something else or ends. */
async function followTasks(session: Session, { params, lines }: TaskQuery): Promise<Answer> {
  const hasTime = params.since !== undefined || params.until !== undefined;
  const first = lines ?? (hasTime ? MOST_WATCHED : FIRST_TASKS);
  // The last of those that match may lie behind many that do not.
  const limit = Object.keys(params).length > 0 && first > 0 ? MOST_WATCHED : Math.min(MOST_WATCHED, first);
  const told = new Map<string, string>();
  const live = new Set<string>();
  const fresh = (seen: readonly Task[]): readonly Task[] =>
    seen.filter((task) => {
      if (isFinal(task.state)) live.delete(task.id);
      else live.add(task.id);
      const now = `${task.state} ${task.state === 'queued' ? task.reason : ''}`;
      if (told.get(task.id) === now || !matches(task, params)) return false;
      told.set(task.id, now);
      return true;
    });
  const print = (some: readonly Task[]): Promise<void> =>
    writeFollow(some.map((task) => `${taskLine(task, session.globals.format)}\n`).join(''));
  const items = follow(session, {
    method: 'task.watch',
    params: { limit },
    // Whatever has ended while torud was away is to be told as well.
    resume: () => ({ limit: MOST_WATCHED }),
  });
  let newestId: string | undefined;
  let isFirst = true;
  for (;;) {
    const step = await items.next();
    if (step.done === true) return step.value.ok ? {} : failed(step.value.failure);
    if (step.value.kind === 'task') {
      newestId = later(newestId, step.value.task.id);
      await print(fresh([step.value.task]));
      continue;
    }
    const seen = [...step.value.tasks].sort((one, other) => (one.id < other.id ? -1 : 1));
    if (isFirst) {
      const found = fresh(seen);
      await print(found.slice(Math.max(0, found.length - first)));
    } else {
      // Of a later snapshot, what had ended before stays out.
      const since = newestId;
      await print(fresh(seen.filter(({ id }) => since === undefined || id > since || live.has(id))));
    }
    isFirst = false;
    for (const { id } of seen) newestId = later(newestId, id);
  }
}

/** Ids sort by time. */
function later(one: string | undefined, other: string): string {
  return one === undefined || other > one ? other : one;
}
