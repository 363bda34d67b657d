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
import { ownExit, taskEnd } from './task-end.ts';
import { chunkBytes, chunkRecord, type OutputChunk, taskOutput } from './task-output.ts';

type Begun = Result<ResultOf<'task.run'>, ErrorBody>;

/** Begins the task, and stays with it unless `--detach`. @param begin asks torud; once */
export async function runTask(session: Session, begin: () => Promise<Begun>): Promise<Answer> {
  if (session.has('detach') || !session.globals.isBlocking) return detached(await begin());
  const interrupts = new Interrupts(session);
  try {
    const left = interrupts.left.then((exitCode): Answer => ({ exitCode }));
    return await Promise.race([attached(session, begin, interrupts), left]);
  } finally {
    interrupts.end();
  }
}

/** What went wrong before there was a task. */
export function ownFailure(error: ErrorBody): Answer {
  return { errors: [error], exitCode: ownExit(error) };
}

function detached(begun: Begun): Answer {
  if (!begun.ok) return ownFailure(withDoubt(begun.failure));
  const { task } = begun.value;
  if (task === null) return { document: { tasks: [] } };
  return { document: { tasks: [task] }, records: [task], values: [task.id], text: task.id };
}

async function attached(
  session: Session,
  begin: () => Promise<Begun>,
  interrupts: Interrupts,
): Promise<Answer> {
  const begun = await begin();
  if (!begun.ok) return ownFailure(withDoubt(begun.failure));
  const { task } = begun.value;
  if (task === null) return ownFailure(errorBody('internal', 'torud began no task'));
  interrupts.onTask(task.id);
  try {
    const ended = await passOutput(session, task);
    if (!ended.ok) return ownFailure({ ...ended.failure, name: task.id });
    return endAnswer(ended.value.task, ended.value.lostBytes);
  } catch (thrown) {
    if (!(thrown instanceof OutputRefused)) throw thrown;
    const hint = `the task goes on; "toru task logs ${task.id}" shows its output`;
    return ownFailure(errorBody('failed', thrown.message, { name: task.id, hint }));
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
  readonly lostBytes: number;
}

async function passOutput(session: Session, task: Task): Promise<Result<Passed, ErrorBody>> {
  const { isQuiet } = session.globals;
  // Notes of toru's own get into the script's standard error only where a person reads it.
  const hasNotes = !isQuiet && isTerminalDescriptor(2);
  const pass = outlet(session, task.id);
  let told: string | null = null;
  let lostBytes = 0;
  const tellWait = async ({ state, reason }: Task): Promise<void> => {
    if (!hasNotes || state !== 'queued' || reason === null || reason === told) return;
    told = reason;
    await writeNote(`toru: waiting: ${reason}\n`);
  };
  await tellWait(task);
  const items = taskOutput(session, { id: task.id, isFollow: true, isQuiet: !hasNotes });
  for (;;) {
    const step = await items.next();
    if (step.done === true)
      return step.value.ok ? success({ task: step.value.value, lostBytes }) : step.value;
    const item = step.value;
    if (item.kind === 'chunk') await pass(item);
    else if (item.kind === 'task') await tellWait(item.task);
    else lostBytes += item.bytes;
  }
}

/** Where the output goes: each stream to its own; with -o json to standard error, beside the document; with -o json-lines as objects. */
function outlet(session: Session, id: string): (chunk: OutputChunk) => Promise<void> {
  const { format } = session.globals;
  if (format === 'json-lines') return (chunk) => writeFollow(`${JSON.stringify(chunkRecord(id, chunk))}\n`);
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

/** The exit code is the script's also where bytes were lost on the way. */
function endAnswer(task: Task, lostBytes: number): Answer {
  const { exitCode, error } = taskEnd(task);
  const { reason, signal, script } = task;
  const why = reason ?? (signal === null ? null : `ended by ${signal}`);
  const isTold = error === undefined && why !== null && isTerminalDescriptor(2);
  return {
    document: { tasks: [task] },
    records: [task],
    values: [],
    ...(isTold ? { hints: [`${script}: ${why}`] } : {}),
    errors: [...(error === undefined ? [] : [error]), ...(lostBytes > 0 ? [lossOf(task, lostBytes)] : [])],
    exitCode,
  };
}

function lossOf({ script }: Task, lostBytes: number): ErrorBody {
  const message = `${lostBytes} bytes of its output are lost: nobody read them in time`;
  const hint = '"output_max" of [tasks] says how much is held';
  return errorBody('too_large', message, { name: script, hint });
}
