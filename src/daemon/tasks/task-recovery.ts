/** What a starting torud finds of tasks: rows without an end, and run files. A reboot, an upgrade and a kill -9 are one path. */

import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errnoOf } from '../../protocol/result.ts';
import { type Clock, formatTime } from '../base/clock.ts';
import { RunEventsReader } from '../runs/run-events.ts';
import { readSpecValue, readSpecValues, removeRunFiles, runFilesAt } from '../runs/run-files.ts';
import type { RunOutcome } from '../runs/run-witness.ts';
import type { TaskRecord } from '../store/task-store.ts';
import type { OutputFiles } from './output-files.ts';
import { OutputMeter } from './output-total.ts';
import type { TaskBook } from './task-book.ts';
import { taskEnd } from './task-end.ts';
import { isTaskId } from './task-id.ts';
import type { TaskQueue } from './task-queue.ts';
import { newTask } from './task-record.ts';
import type { TaskRunner } from './task-runner.ts';
import { byteSizeOf } from './task-size.ts';

export interface RecoveryParts {
  readonly book: TaskBook;
  readonly queue: TaskQueue;
  readonly runner: TaskRunner;
  readonly output: OutputFiles;
  readonly clock: Clock;
  readonly runsPath: string;
  readonly bootId: string;
}

export function recoverTasks(parts: RecoveryParts): void {
  const { book, queue, runner, output, bootId } = parts;
  const files = idsIn(parts.runsPath);
  const open = book.open();
  const known = new Set(open.map((record) => record.id));
  const unknown = files.filter((id) => !known.has(id)).flatMap((id) => restored(id, parts) ?? []);
  const running: TaskRecord[] = [];
  for (const record of [...unknown, ...open]) {
    book.restore(record);
    if (record.state === 'queued' && !isClaimed(record.id, parts))
      queue.add(record.id, record.lock, byteSizeOf(record));
    else if (record.state === 'running' && record.bootId !== bootId) closeOtherBoot(record, parts);
    else running.push(record);
  }
  // First all of them, so that the end of one begins nothing that another one's lock forbids.
  for (const { id, lock } of running) queue.begin(id, lock);
  for (const record of running) {
    const begun = asRunning(record, parts);
    if (begun !== record || unknown.includes(record)) book.note(begun);
    runner.adopt(begun);
  }
  output.sweep((id) => book.has(id) !== false);
}

/** Ids of tasks that have files in the folder. */
function idsIn(folder: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return [];
  }
  const stems = names.map((name) => name.slice(0, Math.max(0, name.lastIndexOf('.'))));
  return [...new Set(stems.filter(isTaskId))].sort();
}

/** A task that runs while the database, made anew, does not know it. Others are through, or never answered for. */
function restored(id: string, parts: RecoveryParts): TaskRecord | undefined {
  const files = runFilesAt(join(parts.runsPath, id));
  const found = parts.book.get(id);
  if (!found.ok) return undefined;
  if (found.value !== undefined || !existsSync(files.claimed)) {
    removeRunFiles(files);
    return undefined;
  }
  const variables = readSpecValues(files, 'env');
  const variable = (name: string): string | undefined =>
    variables.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
  const [program = '', ...args] = readSpecValues(files, 'arg');
  const nowText = formatTime(parts.clock.now());
  return {
    ...newTask(id, variable('TORU_SCRIPT') ?? basename(program), nowText),
    args,
    name: variable('TORU_TASK_NAME') ?? null,
    state: 'running',
    bootId: readSpecValue(files, 'boot') ?? parts.bootId,
  };
}

function isClaimed(id: string, { runsPath }: RecoveryParts): boolean {
  return existsSync(runFilesAt(join(runsPath, id)).claimed);
}

/** The database may have lost that it was begun. */
function asRunning(record: TaskRecord, { bootId }: RecoveryParts): TaskRecord {
  return record.state === 'running' ? record : { ...record, state: 'running', bootId };
}

/** With the end that its shim saw, or as lost when nobody did. */
function closeOtherBoot(record: TaskRecord, { book, output, clock, runsPath }: RecoveryParts): void {
  const files = runFilesAt(join(runsPath, record.id));
  const events = new RunEventsReader(files.events).read();
  const exit = events.find((event) => event.event === 'exited');
  const gone = events.find((event) => event.event === 'gone');
  const outcome: RunOutcome =
    exit === undefined
      ? { kind: 'lost', detail: 'the machine went down while it ran, so nobody saw how it ended' }
      : { kind: 'exited', exit, gone };
  const total = new OutputMeter(output, record.id).read();
  const facts = { interpreter: () => undefined, workingFolder: '' };
  const end = taskEnd(record, outcome, facts, formatTime(clock.now()));
  const started = events.find((event) => event.event === 'started');
  const startedAt = started?.at ?? record.startedAt;
  const written = { outputBytes: total.bytes, outputCut: total.isCut, outputSegment: total.segment };
  book.noteEnd({ ...record, ...end, ...written, startedAt, env: null }, () => removeRunFiles(files));
}
