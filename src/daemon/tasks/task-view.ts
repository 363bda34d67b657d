/** Tasks as the protocol shows them. */

import type { Task } from '../../protocol/control/tasks.ts';
import { parseTime } from '../base/clock.ts';
import type { TaskRecord } from '../store/task-store.ts';
import type { OutputTotal } from './output-total.ts';
import { endingText } from './task-end.ts';
import type { Obstacle } from './task-queue.ts';

/** What is known of a running task beside its row. */
export interface RunningFacts {
  readonly pid: number | null;
  readonly output: OutputTotal;
}

export interface ViewFacts {
  readonly nowMs: number;
  /** Undefined: it does not run. */
  readonly running: RunningFacts | undefined;
  /** One line; null when it does not wait. */
  readonly waitsFor: string | null;
}

export function toTask(record: TaskRecord, { nowMs, running, waitsFor }: ViewFacts): Task {
  const { startedAt } = record;
  const isFinal = record.endedAt !== null;
  return {
    id: record.id,
    script: record.script,
    args: record.args,
    state: record.state,
    queuedAt: record.queuedAt,
    startedAt,
    endedAt: record.endedAt,
    durationMs: startedAt === null ? null : durationMs(startedAt, record.endedAt, nowMs),
    exitCode: record.exitCode,
    signal: record.signal,
    timedOut: record.state === 'failed' && record.ending?.kind === 'timeout',
    actor: record.actor,
    outputBytes: isFinal ? record.outputBytes : (running?.output.bytes ?? 0),
    outputCut: isFinal ? record.outputCut : (running?.output.isCut ?? false),
    name: record.name,
    lock: record.lock,
    timeoutMs: record.timeoutMs,
    origin: record.origin,
    reason: isFinal ? record.reason : (waitsFor ?? endsText(record)),
    pid: isFinal ? null : (running?.pid ?? null),
    peakMemoryBytes: record.peakMemoryBytes,
    cpuMs: record.cpuMs,
  };
}

/** @param holder the task that holds the lock, when it is known */
export function waitText(
  obstacle: Obstacle,
  lock: string | null,
  holder: TaskRecord | undefined,
  most: number,
): string {
  if (obstacle.kind === 'place')
    return `waits for a place: ${most} ${most === 1 ? 'task runs' : 'tasks run'} already (max_running)`;
  const who = holder === undefined ? `task ${obstacle.holder}` : `${holder.script}, task ${holder.id},`;
  return `waits for the lock "${lock}", which ${who} holds`;
}

function endsText({ ending, timeoutMs }: TaskRecord): string | null {
  return ending === null ? null : `is being ended: ${endingText(ending, timeoutMs)}`;
}

/** A clock that was set back meanwhile makes no time negative. */
function durationMs(startedAt: string, endedAt: string | null, nowMs: number): number {
  const end = endedAt === null ? nowMs : parseTime(endedAt);
  return Math.max(0, Math.round((end - parseTime(startedAt)) * 1000) / 1000);
}
