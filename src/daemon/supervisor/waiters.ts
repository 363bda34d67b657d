/** Waits for a plugin to get where an action wants it. Asked after each transition; no polling. */

import type { ActionOutcome } from '../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import type { Blocker, Machine, MachineRun } from './machine-model.ts';
import { runOf } from './machine-model.ts';

/** `up`: ready, in another run than `oldRun`. `down`: no process and none planned. `no-process`: none now. */
export type Target =
  | { readonly kind: 'up'; readonly oldRun: MachineRun | undefined }
  | { readonly kind: 'down' }
  | { readonly kind: 'no-process' };

interface Waiter {
  readonly target: Target;
  readonly changed: boolean;
  readonly resolve: (outcome: ActionOutcome) => void;
}

export class Waiters {
  readonly #plugin: string;
  #waiters: Waiter[] = [];

  constructor(plugin: string) {
    this.#plugin = plugin;
  }

  /** Settles when the target is reached or can't be any more; at once when that is so already. */
  wait(machine: Machine, target: Target, changed: boolean): Promise<ActionOutcome> {
    return new Promise((resolve) => {
      this.#waiters.push({ target, changed, resolve });
      this.settle(machine);
    });
  }

  settle(machine: Machine): void {
    if (this.#waiters.length === 0) return;
    const still: Waiter[] = [];
    for (const waiter of this.#waiters) {
      const verdict = judge(machine, waiter.target);
      if (verdict === 'pending') still.push(waiter);
      else waiter.resolve(outcomeOf(this.#plugin, machine, waiter.changed, verdict));
    }
    this.#waiters = still;
  }

  /** Settles when there is no process, whatever is wanted; for a torud that leaves. */
  waitForNoProcess(machine: Machine): Promise<ActionOutcome> {
    return this.wait(machine, { kind: 'no-process' }, true);
  }

  /** The daemon leaves, or the plugin is gone: nobody waits any longer. */
  abandon(machine: Machine, error: ErrorBody): void {
    for (const waiter of this.#waiters) {
      waiter.resolve(outcomeOf(this.#plugin, machine, waiter.changed, error));
    }
    this.#waiters = [];
  }
}

export function outcomeOf(
  plugin: string,
  machine: Machine,
  changed: boolean,
  verdict: 'reached' | ErrorBody,
): ActionOutcome {
  const state = machine.phase.name;
  if (verdict === 'reached') return { plugin, changed, state };
  const hint = verdict.hint ?? `"toru why ${plugin}" and "toru logs ${plugin}" say more`;
  return { plugin, changed, state, error: { ...verdict, name: plugin, hint } };
}

function judge(machine: Machine, target: Target): 'pending' | 'reached' | ErrorBody {
  switch (target.kind) {
    case 'up':
      return judgeUp(machine, target.oldRun);
    case 'down':
      return judgeDown(machine);
    case 'no-process':
      return runOf(machine) === undefined ? 'reached' : 'pending';
  }
}

function judgeUp(machine: Machine, oldRun: MachineRun | undefined): 'pending' | 'reached' | ErrorBody {
  const { phase } = machine;
  const run = runOf(machine);
  const isOldRun =
    run !== undefined &&
    oldRun !== undefined &&
    run.runId === oldRun.runId &&
    run.startedAt === oldRun.startedAt;
  switch (phase.name) {
    case 'running':
      return isOldRun ? 'pending' : 'reached';
    case 'starting':
      return 'pending';
    case 'waiting':
      // What nothing will mend by itself is not waited for; the plugin stays waiting.
      return phase.blockers.every((blocker) => blocker.kind === 'pending')
        ? 'pending'
        : errorBody('dependency', `it waits ${machine.reason}`, { hint: hintOf(phase.blockers) });
    case 'stopping':
      return phase.goal.kind === 'stop'
        ? errorBody('failed', `it is being stopped: ${machine.reason}`)
        : 'pending';
    case 'backoff':
      return errorBody('failed', `${neverReady(machine.reason)}; it will be tried again`);
    case 'exited':
      return errorBody('failed', neverReady(machine.reason));
    case 'failed':
    case 'stopped':
      return errorBody('failed', machine.reason);
    case 'invalid':
      return errorBody('invalid', phase.problem);
  }
}

/** What mends the first thing that does not come by itself. */
function hintOf(blockers: readonly Blocker[]): string | undefined {
  const first = blockers.find((blocker) => blocker.kind !== 'pending');
  if (first?.kind !== 'given-up') return first?.hint;
  return `"toru why ${first.plugin}" says why; "toru start ${first.plugin}" tries it again`;
}

function neverReady(reason: string): string {
  if (reason.includes('was not ready')) return reason;
  const [how = reason, ...decided] = reason.split('; ');
  return [`${how}, before it was ready`, ...decided].join('; ');
}

function judgeDown(machine: Machine): 'pending' | 'reached' | ErrorBody {
  switch (machine.phase.name) {
    case 'stopped':
    case 'failed':
    case 'exited':
    case 'invalid':
      return 'reached';
    case 'starting':
    case 'running':
    case 'waiting':
    case 'backoff':
      return machine.wanted === 'up'
        ? errorBody('failed', `it was started again: ${machine.reason}`)
        : 'pending';
    case 'stopping':
      return 'pending';
  }
}
