/** A task in the foreground: begun, its output passed on byte for byte as it comes, its end as the exit code. */

import type { ResultOf } from '../../protocol/control/methods.ts';
import type { Task, TaskStream } from '../../protocol/control/tasks.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';
import { type Result, success } from '../../protocol/result.ts';
import type { Answer } from '../output/answer.ts';
import { isTerminalDescriptor } from '../output/screen.ts';
import { OutputClosed, OutputRefused, writeFollow, writeNote, writePiece } from '../output/sink.ts';
import type { Session } from '../session.ts';
import { Interrupts } from './interrupts.ts';
import { gapRecord, type OutputGap } from './output-gap.ts';
import { ownExit, taskEnd } from './task-end.ts';
import { chunkBytes, chunkRecord, type OutputChunk, taskOutput } from './task-output.ts';

/** What is run, as the person called it: a script or a quick action. */
export interface Run {
  readonly verb: string;
  readonly name: string;
  /** Asks torud; called once. */
  begin(): Promise<Result<ResultOf<'task.run'>, ErrorBody>>;
}

/** Begins the task, and stays with it unless `--detach`. */
export async function runTask(session: Session, run: Run): Promise<Answer> {
  if (session.has('detach') || !session.globals.isBlocking) return detached(run);
  const interrupts = new Interrupts(session);
  try {
    const left = interrupts.left.then((exitCode): Answer => ({ exitCode }));
    return await Promise.race([attached(session, run, interrupts), left]);
  } finally {
    interrupts.end();
  }
}

/** What went wrong before there was a task. @param name as the person called it */
export function ownFailure(error: ErrorBody, name: string): Answer {
  return { errors: [errorAbout(error, name)], exitCode: ownExit(error) };
}

/** Whatever else it is about (the script of an action) goes into the message. */
function errorAbout(error: ErrorBody, name: string): ErrorBody {
  const isOther = error.name !== undefined && error.name !== name;
  return { ...error, name, ...(isOther ? { message: `${error.name}: ${error.message}` } : {}) };
}

async function detached({ name, begin }: Run): Promise<Answer> {
  const begun = await begin();
  if (!begun.ok) return ownFailure(withDoubt(begun.failure), name);
  const { task } = begun.value;
  if (task === null) return { document: { tasks: [] } };
  return { document: { tasks: [task] }, records: [task], values: [task.id], text: task.id };
}

async function attached(session: Session, run: Run, interrupts: Interrupts): Promise<Answer> {
  const { name } = run;
  const begun = await run.begin();
  if (!begun.ok) return ownFailure(withDoubt(begun.failure), name);
  const { task } = begun.value;
  if (task === null) return ownFailure(errorBody('internal', 'torud began no task'), name);
  interrupts.onTask(task.id);
  try {
    const ended = await passOutput(session, task);
    if (!ended.ok) return ownFailure({ ...ended.failure, name: task.id }, name);
    return endAnswer(run, ended.value);
  } catch (thrown) {
    if (!(thrown instanceof OutputRefused)) throw thrown;
    const hint = `the task goes on; "toru task logs ${task.id}" shows its output`;
    return ownFailure(errorBody('failed', thrown.message, { hint }), name);
  }
}

/** An answer that got lost leaves open what was done. */
function withDoubt(error: ErrorBody): ErrorBody {
  const wasSent = error.code === 'timeout' || error.message.startsWith('torud closed the connection');
  const wasBegun = error.code === 'unavailable' && error.message.includes('was begun');
  return wasSent || wasBegun ? { ...error, hint: 'whether it was begun: "toru tasks" says' } : error;
}

interface Passed {
  /** As it ended. */
  readonly task: Task;
  /** What was no longer kept when it was to be read. */
  readonly gaps: readonly OutputGap[];
}

async function passOutput(session: Session, task: Task): Promise<Result<Passed, ErrorBody>> {
  const { isQuiet } = session.globals;
  // Notes of toru's own get into the script's standard error only where a person reads it.
  const hasNotes = !isQuiet && isTerminalDescriptor(2);
  const pass = outlet(session, task.id);
  let told: string | null = null;
  const gaps: OutputGap[] = [];
  const tellWait = async ({ state, reason }: Task): Promise<void> => {
    if (!hasNotes || state !== 'queued' || reason === null || reason === told) return;
    told = reason;
    await writeNote(`toru: waiting: ${reason}\n`);
  };
  await tellWait(task);
  const items = taskOutput(session, { id: task.id, isFollow: true, isQuiet: !hasNotes });
  for (;;) {
    const step = await items.next();
    if (step.done === true) return step.value.ok ? success({ task: step.value.value, gaps }) : step.value;
    const item = step.value;
    if (item.kind === 'chunk') await pass(item);
    else if (item.kind === 'task') await tellWait(item.task);
    else {
      gaps.push(item);
      if (session.globals.format === 'json-lines') await writeRecord(gapRecord(task.id, item));
    }
  }
}

/** Where the output goes: each stream to its own; with -o json to standard error, beside the document; with -o json-lines as objects. */
function outlet(session: Session, id: string): (chunk: OutputChunk) => Promise<void> {
  const { format } = session.globals;
  if (format === 'json-lines') return (chunk) => writeRecord(chunkRecord(id, chunk));
  let isErrorClosed = false;
  return async (chunk) => {
    const target: TaskStream = format === 'json' ? 'stderr' : chunk.stream;
    if (target === 'stdout') return writePiece(1, chunkBytes(chunk));
    if (isErrorClosed) return;
    try {
      await writePiece(2, chunkBytes(chunk));
    } catch (thrown) {
      if (!(thrown instanceof OutputClosed || thrown instanceof OutputRefused)) throw thrown;
      isErrorClosed = true;
    }
  };
}

function writeRecord(record: object): Promise<void> {
  return writeFollow(`${JSON.stringify(record)}\n`);
}

/** The exit code is the script's also where bytes were lost on the way. */
function endAnswer({ verb, name }: Run, { task, gaps }: Passed): Answer {
  const { exitCode, error } = taskEnd(task);
  const { reason, signal } = task;
  const why = reason ?? (signal === null ? null : `ended by ${signal}`);
  const isTold = error === undefined && why !== null && isTerminalDescriptor(2);
  return {
    document: { tasks: [task] },
    records: [task],
    values: [],
    ...(isTold ? { hints: [`${verb} ${name}: ${why}`] } : {}),
    errors: [...(error === undefined ? [] : [error]), ...lossOf(gaps)].map((one) => ({ ...one, name })),
    exitCode,
  };
}

/** None when all of it came. Where it could not be written, the task's reason may have the system's own words. */
function lossOf(gaps: readonly OutputGap[]): readonly ErrorBody[] {
  const lostBytes = gaps.reduce((sum, { bytes }) => sum + bytes, 0);
  if (lostBytes === 0) return [];
  const isFull = gaps.some(({ why }) => why === 'space');
  const isLate = gaps.some(({ why }) => why !== 'space');
  const causes = [
    ...(isFull ? ['they could not be written, no space was left'] : []),
    ...(isLate ? ['nobody read them in time'] : []),
  ];
  const message = `${lostBytes} bytes of its output are lost: ${causes.join('; others: ')}`;
  const hint = '"output_max" of [tasks] says how much is held';
  return [errorBody('too_large', message, isLate ? { hint } : {})];
}
