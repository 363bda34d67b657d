/** The verbs that change a plugin's life. */

import { constants } from 'node:os';
import type { ActionName } from '../../../protocol/control/methods.ts';
import type {
  ActionOutcome,
  ActionParams,
  ActionResult,
  EnableParams,
  Selection,
} from '../../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody } from '../../../protocol/errors.ts';
import { failure, type Result, success } from '../../../protocol/result.ts';
import type { Clock } from '../../base/clock.ts';
import type { Action, ActionVerb, SupervisorApi } from '../../supervisor/contract.ts';
import type { Caller } from '../access.ts';
import { select, type Target } from '../selection.ts';
import { type Ending, Patience } from './patience.ts';
import type { CallContext, Handlers } from './table.ts';

type Supervisor = Pick<SupervisorApi, 'ids' | 'compactRow' | 'act' | 'kill'>;
type Answer = Promise<Result<ActionResult, ErrorBody>>;

/** @param refresh looks at the plugins' files and settings, so that a start never takes what was there a moment ago */
export function makeActionHandlers(
  supervisor: Supervisor,
  clock: Clock,
  refresh: () => Promise<unknown>,
): Pick<Handlers, ActionName> {
  const actions = new Actions(supervisor, clock, refresh);
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
    'plugin.kill': async (params, caller, context) => actions.kill(params, params.signal, caller, context),
  };
}

/** Verbs that may start a process from what lies in the plugin folder. */
const TAKES_FILES: ReadonlySet<ActionVerb> = new Set(['start', 'restart', 'tryRestart', 'enable']);

/** A plugin of the request: its action is under way, or it is settled already. */
type Begun =
  | { readonly id: string; readonly action: Action }
  | { readonly id: string; readonly outcome: ActionOutcome };

class Actions {
  readonly #supervisor: Supervisor;
  readonly #clock: Clock;
  readonly #refresh: () => Promise<unknown>;

  constructor(supervisor: Supervisor, clock: Clock, refresh: () => Promise<unknown>) {
    this.#supervisor = supervisor;
    this.#clock = clock;
    this.#refresh = refresh;
  }

  /** Begins all at once, writes the audit, then waits for all, unless it is not to block. */
  async run(verb: ActionVerb, params: ActionParams, caller: Caller, context: CallContext): Answer {
    if (TAKES_FILES.has(verb)) await this.#refresh();
    const selected = select(params, this.#supervisor.ids(), 'action');
    if (!selected.ok) return selected;
    const begun = selected.value.targets.map((target) => this.#begin(verb, target, caller));
    context.recordChange(begun.map(toAuditEntry));
    if (params.noBlock === true) return success({ outcomes: begun.map((one) => this.#outcomeNow(one)) });
    const patience = new Patience(this.#clock, params.timeoutMs ?? 0, context.signal);
    try {
      return success({ outcomes: await Promise.all(begun.map((one) => this.#outcome(one, patience))) });
    } finally {
      patience.end();
    }
  }

  async kill(selection: Selection, signal: string, caller: Caller, context: CallContext): Answer {
    if (!Object.hasOwn(constants.signals, signal)) {
      return failure(errorBody('usage', `there is no signal ${signal}`));
    }
    const selected = select(selection, this.#supervisor.ids(), 'action');
    if (!selected.ok) return selected;
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

  #begin(verb: ActionVerb, target: Target, caller: Caller): Begun {
    const id = target.name;
    if (target.error !== undefined) return { id, outcome: refused(id, null, target.error) };
    const begun = this.#supervisor.act(verb, id, caller.actor);
    if (begun.ok) return { id, action: begun.value };
    return { id, outcome: refused(id, this.#state(id), begun.failure) };
  }

  #outcomeNow(begun: Begun): ActionOutcome {
    if ('outcome' in begun) return begun.outcome;
    return { plugin: begun.id, changed: begun.action.changed, state: this.#state(begun.id) };
  }

  async #outcome(begun: Begun, patience: Patience): Promise<ActionOutcome> {
    if ('outcome' in begun) return begun.outcome;
    const ended = await patience.waitFor(begun.action.done);
    if (typeof ended !== 'string') return ended;
    const now = this.#outcomeNow(begun);
    return { ...now, error: pendingError(begun.id, now.state, ended, patience.limitMs) };
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

function toAuditEntry(begun: Begun): object {
  if ('action' in begun) return { plugin: begun.id, changed: begun.action.changed };
  return { plugin: begun.id, error: begun.outcome.error?.code };
}
