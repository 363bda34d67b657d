/** Tasks as people read them: words, tables, lines, blocks. */

import type { Task, TaskState } from '../../protocol/control/tasks.ts';
import { actorText } from '../actor-text.ts';
import type { Colour } from '../output/colours.ts';
import { sanitiseField } from '../output/sanitise.ts';
import { formatClock, formatDateTime, formatSize } from '../output/sizes.ts';
import type { Cell, Table } from '../output/table.ts';
import { ABSENT, formatPlain } from '../output/table.ts';
import { lastedText } from '../run-text.ts';
import { shownIds } from './task-ids.ts';
import { beganText, commandText, endText } from './task-words.ts';

const LABEL_WIDTH = 10;

const COLOURS: Readonly<Record<TaskState, Colour | undefined>> = {
  queued: 'yellow',
  running: 'green',
  done: undefined,
  failed: 'red',
  cancelled: 'yellow',
  lost: 'red',
};

export function taskTable(tasks: readonly Task[]): Table {
  const ids = shownIds(tasks.map(({ id }) => id));
  const right = { align: 'right' } as const;
  return {
    columns: [
      { title: 'ID' },
      { title: 'STATE' },
      { title: 'STARTED' },
      { title: 'LASTED', ...right },
      { title: 'END' },
      { title: 'COMMAND' },
      { title: 'BY' },
      { title: 'OUTPUT', ...right },
    ],
    rows: tasks.map((task) => taskRow(task, ids.get(task.id) ?? task.id)),
  };
}

function taskRow(task: Task, id: string): (Cell | string)[] {
  const { state, startedAt, durationMs, outputBytes, outputCut, name } = task;
  const command = commandText(task);
  return [
    { text: id, plain: task.id },
    { text: state, colour: COLOURS[state] },
    startedAt === null ? ABSENT : { text: formatDateTime(startedAt), plain: startedAt },
    durationMs === null ? ABSENT : { text: lastedText(durationMs), plain: String(Math.round(durationMs)) },
    endText(task) ?? ABSENT,
    { text: name === null ? command : `${command} (${name})`, plain: command },
    beganText(task) ?? ABSENT,
    { text: `${formatSize(outputBytes)}${outputCut ? ' cut' : ''}`, plain: String(outputBytes) },
  ];
}

/** One change of a task in a follow, without newline: `14:02:00 019a…-… failed  backup.sh: exit 7 after 3 min`. */
export function taskLine(task: Task, format: string): string {
  if (format === 'json' || format === 'json-lines') return JSON.stringify(task);
  if (format === 'value') return task.id;
  if (format === 'plain') return formatPlain(taskTable([task]), false).join('');
  const at = task.endedAt ?? task.startedAt ?? task.queuedAt;
  const id = task.id.slice(0, 18);
  return `${formatClock(at, Date.now())} ${id} ${task.state.padEnd(9)} ${sanitiseField(lineText(task))}`;
}

function lineText(task: Task): string {
  const command = commandText(task);
  if (task.endedAt === null) {
    const why = task.state === 'queued' ? task.reason : null;
    return `${command}${why === null ? '' : `: ${why}`}; by ${beganText(task) ?? 'nobody known'}`;
  }
  const lasted = task.durationMs === null ? '' : ` after ${lastedText(task.durationMs)}`;
  return `${command}: ${task.reason ?? endText(task) ?? ABSENT}${lasted}`;
}

/** One task whole, as `toru status` shows a plugin. */
export function taskBlock(task: Task): string {
  const { queuedAt, startedAt, endedAt, durationMs, outputBytes, outputCut, pid } = task;
  const lasted =
    durationMs === null ? '' : `, ${endedAt === null ? 'for' : 'lasted'} ${lastedText(durationMs)}`;
  const started = startedAt === null ? null : formatDateTime(startedAt);
  const facts: readonly (readonly [string, string | null])[] = [
    ['State', endedAt === null ? `${task.state}${lasted}` : `${task.state}, ${endText(task) ?? ABSENT}`],
    ['Why', task.reason],
    ['Name', task.name],
    ['Asked', `${formatDateTime(queuedAt)}, by ${byText(task)}`],
    ['Started', started],
    ['Ended', endedAt === null ? null : `${formatDateTime(endedAt)}${lasted}`],
    ['Output', `${formatSize(outputBytes)}${outputCut ? ', not all of it is kept' : ''}`],
    ['Pid', pid === null || endedAt !== null ? null : String(pid)],
    ['Memory', task.peakMemoryBytes === null ? null : `${formatSize(task.peakMemoryBytes)} at its peak`],
    ['CPU', task.cpuMs === null ? null : lastedText(task.cpuMs)],
    ['Lock', task.lock],
    ['Limit', task.timeoutMs === null ? null : lastedText(task.timeoutMs)],
  ];
  const lines = facts.flatMap(([label, text]) =>
    text === null ? [] : [`${`${label}:`.padStart(LABEL_WIDTH)} ${sanitiseField(text)}`],
  );
  return [`● ${task.id} - ${sanitiseField(commandText(task))}`, ...lines].join('\n');
}

function byText({ origin, actor }: Task): string {
  const who = actorText(actor) || 'nobody known';
  if (origin.kind === 'schedule') return `the schedule ${origin.schedule}`;
  return origin.kind === 'action' ? `${who}, with the action ${origin.action}` : who;
}
