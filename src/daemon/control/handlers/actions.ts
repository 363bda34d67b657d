/** The verbs that change a plugin's life. */

import { constants } from 'node:os';
import type { ActionName } from '../../../protocol/control/methods.ts';
import type {
  ActionOutcome,
  ActionParams,
  ActionResult,
  EnableParams,
  KillParams,
} from '../../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody } from '../../../protocol/errors.ts';
import { failure, type Result, success } from '../../../protocol/result.ts';
import type { Clock } from '../../base/clock.ts';
import type { EventBus } from '../../base/event-bus.ts';
import type { Action, ActionVerb, AskedVerb, SupervisorApi } from '../../supervisor/contract.ts';
import type { Caller } from '../access.ts';
import { type Groups, select, type Target } from '../selection.ts';
import { type Ending, Patience } from './patience.ts';
import { BEGINS_RUN, RunEnd } from './run-end.ts';
import { signalPlan } from './signal-plan.ts';
import type { CallContext, Handlers } from './table.ts';

type Supervisor = Pick<SupervisorApi, 'ids' | 'status' | 'compactRow' | 'act' | 'kill' | 'plan' | 'inOrder'>;
type Answer = Promise<Result<ActionResult, ErrorBody>>;

export interface ActionParts {
  readonly supervisor: Supervisor;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly groups?: Groups;
  /** Looks at the plugins' files and settings, so that a start never takes what was there a moment ago. */
  refresh(): Promise<unknown>;
}

/** Restarts what `reload` finds in need of it, and answers as `plugin.restart` does. */
export function makeReloadRestart(
  parts: ActionParts,
): (params: ActionParams, caller: Caller, context: CallContext) => Answer {
  const actions = new Actions(parts, 'reload');
  return (params, caller, context) => actions.run('restart', params, caller, context);
}

export function makeActionHandlers(
  parts: ActionParts,
): Pick<Handlers, Exclude<ActionName, 'plugin.reload' | 'plugin.remove'>> {
  const actions = new Actions(parts);
  const verb =
    (name: ActionVerb) =>
    (params: ActionParams, caller: Caller, context: CallContext): Answer =>
      actions.run(name, params, caller, context);
  const switchVerb =
    (name: 'enable' | 'disable') =>
    (params: EnableParams, caller: Caller, context: CallContext): Answer =>
      actions.run(params.now === false ? `${name}-only` : name, params, caller, context);
  return {
    'plugin.enable': switchVerb('enable'),
    'plugin.disable': switchVerb('disable'),
    'plugin.start': verb('start'),
    'plugin.stop': verb('stop'),
    'plugin.restart': verb('restart'),
    'plugin.tryRestart': verb('tryRestart'),
    'plugin.resetFailed': verb('resetFailed'),
    'plugin.kill': async (params, caller, context) => actions.kill(params, caller, context),
  };
}

/** Verbs that may start a process from what lies in the plugin folder. */
const TAKES_FILES: ReadonlySet<ActionVerb> = new Set(['start', 'restart', 'tryRestart', 'enable']);

/** A plugin of the request: its action is under way, or it is settled already. */
type Begun =
  | { readonly id: string; readonly action: Action; readonly runEnd?: RunEnd | undefined }
  | { readonly id: string; readonly outcome: ActionOutcome };

class Actions {
  readonly #parts: ActionParts;
  readonly #supervisor: Supervisor;

  readonly #asked: AskedVerb | undefined;

  constructor(parts: ActionParts, asked?: AskedVerb) {
    this.#parts = parts;
    this.#asked = asked;
    this.#supervisor = parts.supervisor;
  }

  /** Begins all at once, writes the audit, then waits for all, unless it is not to block. */
  async run(verb: ActionVerb, params: ActionParams, caller: Caller, context: CallContext): Answer {
    if (TAKES_FILES.has(verb)) await this.#parts.refresh();
    const selected = select(params, this.#supervisor.ids(), 'action', this.#parts.groups);
    if (!selected.ok) return selected;
    const { targets } = selected.value;
    if (params.dryRun === true) return success(this.#plan(verb, targets));
    const begun = this.#beginAll(verb, targets, params.wait === true && BEGINS_RUN.has(verb), caller);
    context.recordChange(begun.map(toAuditEntry));
    const patience = new Patience(this.#parts.clock, params.timeoutMs ?? 0, context.signal);
    try {
      if (params.noBlock === true) return success({ outcomes: begun.map((one) => this.#outcomeNow(one)) });
      return success({ outcomes: await Promise.all(begun.map((one) => this.#outcome(one, patience))) });
    } finally {
      patience.end();
      for (const one of begun) if ('action' in one) one.runEnd?.close();
    }
  }

  async kill(params: KillParams, caller: Caller, context: CallContext): Answer {
    const { signal } = params;
    if (!Object.hasOwn(constants.signals, signal)) {
      return failure(errorBody('usage', `there is no signal ${signal}`));
    }
    const selected = select(params, this.#supervisor.ids(), 'action', this.#parts.groups);
    if (!selected.ok) return selected;
    if (params.dryRun === true) {
      return success(signalPlan(selected.value.targets, (id) => this.#supervisor.status(id), signal));
    }
    const outcomes = selected.value.targets.map((target) => {
      if (target.error !== undefined) return refused(target.name, null, target.error);
      const killed = this.#supervisor.kill(target.name, signal, caller.actor);
      return killed.ok ? killed.value : refused(target.name, this.#state(target.name), killed.failure);
    });
    context.recordChange(
      outcomes.map(({ plugin, error }) => ({ plugin, ...(error && { error: error.code }) })),
    );
    return success({ outcomes });
  }

  /** Begins them in the order in which they need each other, and gives them in the order asked. */
  #beginAll(verb: ActionVerb, targets: readonly Target[], wantsEnd: boolean, caller: Caller): Begun[] {
    const begun = new Map<string, Begun>();
    for (const id of this.#supervisor.inOrder(verb, idsOf(targets))) {
      begun.set(id, this.#begin(verb, id, wantsEnd, caller));
    }
    return targets.map(({ name, error }) => {
      if (error !== undefined) return { id: name, outcome: refused(name, null, error) };
      return begun.get(name) ?? this.#begin(verb, name, wantsEnd, caller);
    });
  }

  #begin(verb: ActionVerb, id: string, wantsEnd: boolean, caller: Caller): Begun {
    const { bus } = this.#parts;
    const runEnd = wantsEnd ? new RunEnd(this.#supervisor, bus, verb, id) : undefined;
    const begun = this.#supervisor.act(verb, id, caller.actor, this.#asked);
    if (begun.ok) return { id, action: begun.value, runEnd };
    runEnd?.close();
    return { id, outcome: refused(id, this.#state(id), begun.failure) };
  }

  #plan(verb: ActionVerb, targets: readonly Target[]): ActionResult {
    const planned = this.#supervisor.plan(verb, idsOf(targets));
    const outcomes = targets.flatMap(({ name, error }) => {
      if (error !== undefined) return refused(name, null, error);
      return planned.outcomes.find((outcome) => outcome.plugin === name) ?? [];
    });
    return { outcomes, plan: planned.steps };
  }

  #outcomeNow(begun: Begun): ActionOutcome {
    if ('outcome' in begun) return begun.outcome;
    return { plugin: begun.id, changed: begun.action.changed, state: this.#state(begun.id) };
  }

  async #outcome(begun: Begun, patience: Patience): Promise<ActionOutcome> {
    if ('outcome' in begun) return begun.outcome;
    const done = await patience.waitFor(begun.action.done);
    if (typeof done === 'string') return this.#pending(begun, done, patience);
    const { runEnd } = begun;
    if (runEnd === undefined) return done;
    if (done.error !== undefined) return runEnd.unready(done);
    const ended = await patience.waitFor(runEnd.ended);
    if (typeof ended === 'string') return this.#pending(begun, ended, patience);
    return { ...done, state: this.#state(begun.id), ...ended };
  }

  #pending(begun: Begun, ending: Ending, patience: Patience): ActionOutcome {
    const now = this.#outcomeNow(begun);
    return { ...now, error: pendingError(begun.id, now.state, ending, patience.limitMs) };
  }

  #state(id: string): ActionOutcome['state'] {
    return this.#supervisor.compactRow(id)?.[1] ?? null;
  }
}

function pendingError(id: string, state: string | null, ending: Ending, limitMs: number): ErrorBody {
  const what = state === null ? 'not done' : `still ${state}`;
  if (ending === 'interrupted') return errorBody('interrupted', `${what}; it goes on`, { name: id });
  return errorBody('timeout', `${what} after ${limitMs / 1000} s; it goes on`, {
    name: id,
    hint: `toru why ${id} says what it waits for`,
  });
}

function refused(plugin: string, state: ActionOutcome['state'], error: ErrorBody): ActionOutcome {
  return { plugin, changed: false, state, error };
}

function idsOf(targets: readonly Target[]): readonly string[] {
  return targets.flatMap(({ name, error }) => (error === undefined ? [name] : []));
}

function toAuditEntry(begun: Begun): object {
  if ('action' in begun) return { plugin: begun.id, changed: begun.action.changed };
  return { plugin: begun.id, error: begun.outcome.error?.code };
}
