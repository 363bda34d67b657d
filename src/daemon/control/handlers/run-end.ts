/** `wait`: the end of the run that a start, restart or enable begins, or of the one that is there already. */

import type { ActionOutcome, LastExit, PluginStatus } from '../../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody } from '../../../protocol/errors.ts';
import type { EventBus } from '../../base/event-bus.ts';
import type { ActionVerb, SupervisorApi } from '../../supervisor/contract.ts';

export interface RunEnding {
  readonly exit?: LastExit;
  /** Why it did not end well. */
  readonly error?: ErrorBody;
}

/** Verbs that may begin a run. */
export const BEGINS_RUN: ReadonlySet<ActionVerb> = new Set(['start', 'restart', 'enable']);

/** Made before the action is begun, so that no end is missed; ids of runs only grow. */
export class RunEnd {
  readonly #supervisor: Pick<SupervisorApi, 'status'>;
  readonly #id: string;
  readonly #firstRunId: number;
  readonly #ended = Promise.withResolvers<RunEnding>();
  readonly #unsubscribe: readonly (() => void)[];

  constructor(supervisor: Pick<SupervisorApi, 'status'>, bus: EventBus, verb: ActionVerb, id: string) {
    this.#supervisor = supervisor;
    this.#id = id;
    this.#firstRunId = firstRunId(supervisor.status(id), verb);
    const look = (changed: { readonly id: string }): void => {
      if (changed.id === id) this.#look();
    };
    this.#unsubscribe = [bus.subscribe('plugin-changed', look), bus.subscribe('plugin-removed', look)];
  }

  /** Settles with the first end of such a run. */
  get ended(): Promise<RunEnding> {
    return this.#ended.promise;
  }

  /** How it has ended up to now; undefined while it has not. */
  get now(): RunEnding | undefined {
    const status = this.#supervisor.status(this.#id);
    if (status === undefined) return { error: errorBody('not_found', 'it is gone', { name: this.#id }) };
    const exit = status.lastExit;
    if (exit === null || exit.runId < this.#firstRunId) return undefined;
    return status.lastCrash?.runId === exit.runId ? { exit, error: crashed(status.id, exit) } : { exit };
  }

  /** What became of a run that did not get ready: when it ended well, that is what was waited for. */
  unready(done: ActionOutcome): ActionOutcome {
    const { error, ...rest } = done;
    const ending = this.now;
    const isOver = done.state === 'exited' || done.state === 'backoff';
    if (isOver && ending?.exit !== undefined && ending.error === undefined) return { ...rest, ...ending };
    return { ...done, ...ending };
  }

  /** To be called when nobody waits any more. */
  close(): void {
    for (const end of this.#unsubscribe) end();
  }

  #look(): void {
    const ending = this.now;
    if (ending !== undefined) this.#ended.resolve(ending);
  }
}

/** The least id that a run may have which the action is about. */
function firstRunId(before: PluginStatus | undefined, verb: ActionVerb): number {
  const runId = before?.runId ?? null;
  if (runId !== null && verb !== 'restart' && before?.state !== 'stopping') return runId;
  return Math.max(runId ?? 0, before?.lastExit?.runId ?? 0) + 1;
}

function crashed(id: string, { code, signal }: LastExit): ErrorBody {
  const how =
    signal !== null
      ? `it was ended by ${signal}`
      : code !== null
        ? `it ended with exit code ${code}`
        : 'it ended, and nobody could see how';
  return errorBody('failed', how, { name: id, hint: `"toru crashes show -1 ${id}" says more` });
}
