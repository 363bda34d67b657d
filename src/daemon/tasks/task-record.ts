/** A task at its beginning. */

import type { Actor } from '../../protocol/control/plugins.ts';
import type { TaskOrigin } from '../../protocol/control/tasks.ts';
import type { TaskRecord } from '../store/task-store.ts';
import type { TaskRequest } from './contract.ts';

/** A queued task that nothing is known of but what it runs. @param queuedAt RFC 3339 UTC */
export function newTask(id: string, script: string, queuedAt: string): TaskRecord {
  return {
    id,
    script,
    args: [],
    env: null,
    name: null,
    lock: null,
    timeoutMs: null,
    origin: { kind: 'run' },
    actor: null,
    state: 'queued',
    bootId: null,
    ending: null,
    queuedAt,
    startedAt: null,
    endedAt: null,
    exitCode: null,
    signal: null,
    reason: null,
    outputBytes: 0,
    outputCut: false,
    outputSegment: 0,
    peakMemoryBytes: null,
    cpuMs: null,
  };
}

/** The same task, as somebody asked for it. */
export function askedTask(
  task: TaskRecord,
  { args, env, name, lock, timeoutMs }: TaskRequest,
  actor: Actor | null,
  origin: TaskOrigin,
): TaskRecord {
  return {
    ...task,
    args: args ?? [],
    env: env === undefined || Object.keys(env).length === 0 ? null : env,
    name: name ?? null,
    lock: lock ?? null,
    timeoutMs: timeoutMs ?? null,
    origin,
    actor,
  };
}
