/**
 * Running scripts and cancelling tasks over /api/ws, in the shapes of the browser protocol:
 *
 *   run ──▶ started ──▶ stdout, stderr … ──▶ exit | cancelled | error
 *   cancel ──▶ (of a task of another client) cancelled | exit | error
 *
 * A task goes on when the client leaves.
 */

import { isFinal, type Task } from '../../../../src/protocol/control/tasks.ts';
import { type ErrorBody, errorBody } from '../../../../src/protocol/errors.ts';
import { type Identity, isForAll } from '../../login/identity.ts';
import { includesRole } from '../../login/role.ts';
import type { Daemon } from '../../server/daemon.ts';
import type { FollowHub } from '../follow/hub.ts';
import { passed } from '../follow/passed.ts';
import { AWAY_CODES } from '../follow/tail.ts';
import { followTaskOutput } from '../follow/task-output.ts';
import type { SocketConnection } from './connection.ts';
import { OUTSIDE } from './follow-tasks.ts';
import { encodeText } from './frame.ts';
import type { Cancel, Run } from './message.ts';

/** Of one client: tasks whose output or end it waits for. */
export const MAX_RUNS = 16;

/** How long one question for a task's end waits, in milliseconds, before it is asked anew. */
const WAIT_MS = 60_000;
const RETRY_MS = 500;

export interface TaskRunsOptions {
  readonly connection: Pick<SocketConnection, 'closed' | 'isSlow' | 'caughtUp' | 'sendFrame'>;
  readonly identity: Identity;
  readonly daemon: Daemon;
  readonly hub: FollowHub;
  /** The audit: what was asked for, and the code of its error. */
  readonly onChange: (action: string, target: string, result: string) => void;
}

export class TaskRuns {
  readonly #options: TaskRunsOptions;
  /** Ids of tasks whose end the client will be told. */
  readonly #awaited = new Set<string>();
  #running = 0;

  constructor(options: TaskRunsOptions) {
    this.#options = options;
  }

  /** Settles when the client has been told of the end. Undefined, or why it was not run. */
  async run({ script, args }: Run): Promise<ErrorBody | undefined> {
    const { daemon, hub, identity, onChange } = this.#options;
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      onChange('task.run', script, refusal.code);
      return refusal;
    }
    const full = hub.enterOwn(identity);
    if (full !== undefined) return full.error;
    this.#running += 1;
    try {
      const begun = await daemon.call('task.run', { script, ...(args === undefined ? {} : { args }) });
      onChange('task.run', script, begun.ok ? 'ok' : begun.failure.code);
      if (!begun.ok) return begun.failure;
      const { task } = begun.value;
      if (task !== null) await this.#follow(task);
      return undefined;
    } finally {
      this.#running -= 1;
      hub.leaveOwn(identity);
    }
  }

  /** Settles when the client has been told of the end. Undefined, or why it was not cancelled. */
  async cancel({ task_id, force }: Cancel): Promise<ErrorBody | undefined> {
    const { daemon, onChange } = this.#options;
    const refusal = this.#refusal(this.#awaited.has(task_id));
    if (refusal !== undefined) {
      onChange('task.cancel', task_id, refusal.code);
      return refusal;
    }
    const params = { id: task_id, ...(force === undefined ? {} : { force }) };
    const cancelled = await daemon.call('task.cancel', params);
    onChange('task.cancel', task_id, cancelled.ok ? 'ok' : cancelled.failure.code);
    if (!cancelled.ok) return cancelled.failure;
    const { task, changed } = cancelled.value;
    if (this.#awaited.has(task.id)) return undefined;
    if (!isFinal(task.state)) await this.#awaitEnd(task.id);
    else if (changed || task.state === 'cancelled') this.#sendEnd(task);
    else return errorBody('conflict', `it has ended already: ${task.state}`);
    return undefined;
  }

  /** @param isAwaited it costs nothing more */
  #refusal(isAwaited = false): ErrorBody | undefined {
    const { identity } = this.#options;
    if (!includesRole(identity.role, 'operate')) {
      return errorBody('denied', `this takes the role operate, and yours is ${identity.role}`);
    }
    if (!isForAll(identity)) return OUTSIDE;
    if (isAwaited || this.#running < MAX_RUNS) return undefined;
    return errorBody('busy', `a connection waits for at most ${MAX_RUNS} tasks`);
  }

  async #follow({ id, script }: Task): Promise<void> {
    const { connection, daemon } = this.#options;
    this.#awaited.add(id);
    this.#send('started', id, { script });
    const ended = await followTaskOutput({
      daemon,
      taskId: id,
      from: 0,
      sink: {
        closed: connection.closed,
        get isSlow() {
          return connection.isSlow;
        },
        caughtUp: () => connection.caughtUp(connection.closed),
      },
      reader: { onText: ({ stream, text }) => this.#send(stream, id, { data: text }) },
    });
    this.#awaited.delete(id);
    if (ended.ok) this.#sendEnd(ended.value);
    else this.#sendError(id, ended.failure);
  }

  async #awaitEnd(id: string): Promise<void> {
    const { connection, daemon } = this.#options;
    this.#awaited.add(id);
    this.#running += 1;
    while (!connection.closed.aborted) {
      const waited = await daemon.call('task.wait', { id, timeoutMs: WAIT_MS }, WAIT_MS + RETRY_MS);
      if (waited.ok) this.#sendEnd(waited.value.task);
      else if (AWAY_CODES.has(waited.failure.code)) {
        await passed(RETRY_MS, connection.closed);
        continue;
      } else this.#sendError(id, waited.failure);
      break;
    }
    this.#running -= 1;
    this.#awaited.delete(id);
  }

  #sendEnd({ id, state, exitCode, signal, reason }: Task): void {
    if (state === 'cancelled') this.#send('cancelled', id);
    else if (exitCode !== null || signal !== null) this.#send('exit', id, { code: exitCode, signal });
    else this.#sendError(id, errorBody('failed', reason ?? `it is ${state}, and nobody knows how it ended`));
  }

  #sendError(id: string, error: ErrorBody): void {
    this.#send('error', id, { ...error });
  }

  #send(type: string, id: string, more: Readonly<Record<string, unknown>> = {}): void {
    this.#options.connection.sendFrame(encodeText(JSON.stringify({ type, task_id: id, ...more })));
  }
}
