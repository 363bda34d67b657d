/** `toru schedules` */

import type { Schedule } from '../../protocol/control/schedules.ts';
import type { Command } from '../command.ts';
import { given, integerOption } from '../option-values.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { formatDateTime, formatSpan } from '../output/sizes.ts';
import type { Cell, Table } from '../output/table.ts';
import { ABSENT } from '../output/table.ts';
import type { Session } from '../session.ts';
import { commandText, endText } from '../tasks/task-words.ts';

export const schedules: Command = {
  verb: 'schedules',
  kind: 'query',
  operands: '',
  minOperands: 0,
  maxOperands: 0,
  takesNames: false,
  options: [
    { name: 'next', value: 'N', does: 'the next N moments of each, in the order of time (at most 100)' },
    { name: 'fail-problem', does: 'exit code 1 when one has a problem, or has missed a run' },
  ],
  does: 'list the schedules: what runs by the clock, when next, how it ended last',
  details:
    'Schedules are tables [[schedule]] of torud.toml. MISSED counts runs that were due while torud was away and were not caught up. Moments are without the delay by jitter.',
  examples: ['toru schedules', 'toru schedules --next 5', 'toru schedules --json'],
  run: runSchedules,
};

async function runSchedules(session: Session): Promise<Answer> {
  const count = integerOption(session, 'next', 1);
  if (!count.ok) return failed(count.failure);
  const params = given('count', count.value);
  const result = await session.client.call('schedule.list', params, session.globals.timeoutMs);
  if (!result.ok) return failed(result.failure);
  const found = result.value.schedules;
  const isFault = session.has('fail-problem') && found.some(isTroubled);
  return {
    document: { schedules: found },
    records: found,
    values: found.map(({ name }) => name),
    table: count.value === undefined ? scheduleTable(found, Date.now()) : momentTable(found, Date.now()),
    hints: found.length === 0 ? ['no schedules; they are tables [[schedule]] of torud.toml'] : [],
    ...(isFault ? { exitCode: 1 } : {}),
  };
}

function isTroubled({ problem, missed }: Schedule): boolean {
  return problem !== null || missed > 0;
}

function scheduleTable(found: readonly Schedule[], nowMs: number): Table {
  return {
    columns: [
      { title: 'NAME' },
      { title: 'CRON' },
      { title: 'NEXT' },
      { title: 'IN', align: 'right' },
      { title: 'LAST' },
      { title: 'END' },
      { title: 'MISSED', align: 'right' },
      { title: 'COMMAND' },
    ],
    rows: found.map((schedule) => {
      const { name, cron, timezone, next, lastTask, missed, problem } = schedule;
      const lastAt = lastTask === null ? undefined : (lastTask.startedAt ?? lastTask.queuedAt);
      return [
        name,
        timezone === null ? cron : `${cron} ${timezone}`,
        momentCell(next[0]),
        spanCell(next[0], nowMs),
        momentCell(lastAt),
        lastTask === null ? ABSENT : endCell(lastTask),
        { text: String(missed), ...(missed > 0 ? { colour: 'yellow' } : {}) },
        problem === null ? commandText(schedule) : { text: `problem: ${problem}`, colour: 'red' },
      ];
    }),
  };
}

function endCell(task: NonNullable<Schedule['lastTask']>): Cell {
  const text = endText(task) ?? task.state;
  return { text, ...(task.state === 'failed' || task.state === 'lost' ? { colour: 'red' } : {}) };
}

/** What comes when: a row a moment, the soonest first. */
function momentTable(found: readonly Schedule[], nowMs: number): Table {
  const moments = found
    .flatMap((schedule) => schedule.next.map((at) => ({ at, schedule })))
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return {
    columns: [{ title: 'NEXT' }, { title: 'IN', align: 'right' }, { title: 'NAME' }, { title: 'COMMAND' }],
    rows: moments.map(({ at, schedule }) => [
      momentCell(at),
      spanCell(at, nowMs),
      schedule.name,
      commandText(schedule),
    ]),
  };
}

function momentCell(at: string | undefined): Cell {
  return at === undefined ? { text: ABSENT } : { text: formatDateTime(at), plain: at };
}

function spanCell(at: string | undefined, nowMs: number): Cell {
  if (at === undefined) return { text: ABSENT };
  const ms = Math.max(0, Date.parse(at) - nowMs);
  return { text: formatSpan(ms), plain: String(ms) };
}
