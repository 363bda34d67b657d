/** Tasks for the screens about them. */

import type { Task, TaskState } from '../../src/protocol/control/tasks.ts';
import { WALL_MS } from './tui-action-stage.ts';

export function taskId(number: number): string {
  return `019a0000-0000-7000-8000-${String(number).padStart(12, '0')}`;
}

/** A task; the greater the number, the later it was asked for. */
export function makeTask(number: number, state: TaskState, more: Partial<Task> = {}): Task {
  const queuedAt = new Date(WALL_MS - 3_600_000 + number * 1000).toISOString();
  const isBegun = state !== 'queued';
  const isEnded = isBegun && state !== 'running';
  return {
    id: taskId(number),
    script: `s${number}.sh`,
    args: [],
    state,
    queuedAt,
    startedAt: isBegun ? queuedAt : null,
    endedAt: isEnded ? queuedAt : null,
    durationMs: isEnded ? 65_000 : null,
    exitCode: state === 'done' ? 0 : state === 'failed' ? 7 : null,
    signal: state === 'cancelled' ? 'SIGTERM' : null,
    actor: { kind: 'user', uid: 1000, name: 'ops' },
    outputBytes: 0,
    outputCut: false,
    name: null,
    lock: null,
    timedOut: false,
    timeoutMs: null,
    origin: { kind: 'run' },
    reason: null,
    pid: null,
    peakMemoryBytes: null,
    cpuMs: null,
    ...more,
  };
}
