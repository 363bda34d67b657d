/** `plugin.remove`: stopped, disabled, taken out of the plugin folder, and with `purge` forgotten. */

import type { RemoveParams } from '../../../protocol/control/install.ts';
import type { PlanStep } from '../../../protocol/control/plan.ts';
import type { ActionOutcome, ActionResult } from '../../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody } from '../../../protocol/errors.ts';
import { failure, messageOf, type Result, success } from '../../../protocol/result.ts';
import type { Clock } from '../../base/clock.ts';
import type { SupervisorLog } from '../../base/supervisor-log.ts';
import type { AskedChange } from '../../catalog/asked-change.ts';
import type { CatalogEntry } from '../../catalog/settings.ts';
import { requiredBy } from '../../install/dependency-warnings.ts';
import type { Installer } from '../../install/installer.ts';
import type { Purge } from '../../install/purge.ts';
import type { SupervisorApi } from '../../supervisor/contract.ts';
import type { Caller } from '../access.ts';
import { type Groups, select, type Target } from '../selection.ts';
import { Patience } from './patience.ts';
import type { CallContext, Handlers } from './table.ts';

export interface RemoveParts {
  readonly supervisor: Pick<SupervisorApi, 'ids' | 'status' | 'compactRow' | 'act' | 'plan' | 'inOrder'>;
  readonly catalog: { entries(): readonly CatalogEntry[]; refresh(): Promise<unknown> };
  readonly installer: Pick<Installer, 'takeOut'>;
  readonly purge: Pick<Purge, 'hasTraces' | 'purge'>;
  readonly clock: Clock;
  readonly log: SupervisorLog;
  readonly groups: Groups;
}

type Answer = Promise<Result<ActionResult, ErrorBody>>;

export function makeRemoveHandlers(parts: RemoveParts): Pick<Handlers, 'plugin.remove'> {
  const removal = new Removal(parts);
  return { 'plugin.remove': (params, caller, context) => removal.run(params, caller, context) };
}

class Removal {
  readonly #parts: RemoveParts;

  constructor(parts: RemoveParts) {
    this.#parts = parts;
  }

  async run(params: RemoveParams, caller: Caller, context: CallContext): Answer {
    await this.#parts.catalog.refresh();
    const selected = this.#select(params);
    if (!selected.ok) return selected;
    const targets = this.#withDependents(selected.value);
    if (params.dryRun === true) return success(this.#plan(targets, params.purge === true));
    const order = this.#order(targets);
    const work = this.#removeAll(order, params, caller, context);
    if (params.noBlock === true) {
      work.catch((thrown: unknown) =>
        this.#parts.log.write('error', 'remove-failed', { reason: messageOf(thrown) }),
      );
      return success({ outcomes: targets.map((target) => this.#outcomeNow(target)) });
    }
    const outcomes = await work;
    context.recordChange(
      outcomes.map(({ plugin, changed, error }) => ({
        plugin,
        changed,
        ...(error && { error: error.code }),
      })),
    );
    // In the order in which they were named.
    return success({
      outcomes: targets.flatMap(({ name }) => outcomes.find((one) => one.plugin === name) ?? []),
    });
  }

  /** A plugin whose files are gone may be named exactly, as long as anything is kept of it. */
  #select(params: RemoveParams): Result<readonly Target[], ErrorBody> {
    const { supervisor, purge, groups } = this.#parts;
    const gone = (params.names ?? []).filter((name) => purge.hasTraces(name));
    const known = params.all === true ? supervisor.ids() : [...new Set([...supervisor.ids(), ...gone])];
    const selected = select(params, known, 'action', groups);
    return selected.ok ? success(selected.value.targets) : selected;
  }

  /** What others need is not removed, unless they are removed as well. */
  #withDependents(targets: readonly Target[]): readonly Target[] {
    const entries = this.#parts.catalog.entries();
    const going = new Set(targets.flatMap(({ name, error }) => (error === undefined ? [name] : [])));
    // One that stays makes what it needs stay, and so on.
    for (let isSettled = false; !isSettled; ) {
      const staying = [...going].filter((id) => requiredBy(id, entries).some((other) => !going.has(other)));
      for (const id of staying) going.delete(id);
      isSettled = staying.length === 0;
    }
    return targets.map((target) => {
      if (target.error !== undefined || going.has(target.name)) return target;
      const by = requiredBy(target.name, entries).filter((id) => !going.has(id));
      return { name: target.name, error: isNeeded(target.name, by, this.#withAll(targets)) };
    });
  }

  /** What is named, and all that needs any of it, near or far. */
  #withAll(targets: readonly Target[]): readonly string[] {
    const entries = this.#parts.catalog.entries();
    const all = new Set(targets.map(({ name }) => name));
    for (const id of all) for (const other of requiredBy(id, entries)) all.add(other);
    return [...all];
  }

  #order(targets: readonly Target[]): readonly Target[] {
    const { supervisor } = this.#parts;
    const order = supervisor.inOrder(
      'remove',
      targets.map(({ name }) => name).filter((id) => supervisor.ids().includes(id)),
    );
    const placeOf = ({ name }: Target): number => (order.includes(name) ? order.indexOf(name) : order.length);
    return [...targets].sort((one, other) => placeOf(one) - placeOf(other));
  }

  async #removeAll(
    targets: readonly Target[],
    params: RemoveParams,
    caller: Caller,
    context: CallContext,
  ): Promise<readonly ActionOutcome[]> {
    const patience = new Patience(this.#parts.clock, params.timeoutMs ?? 0, context.signal);
    try {
      // All are told to stop at once, in order; each is taken out when it has stopped.
      const removing = targets.map((target) => this.#removeOne(target, params, caller, patience));
      return await Promise.all(removing);
    } finally {
      patience.end();
    }
  }

  async #removeOne(
    target: Target,
    params: RemoveParams,
    caller: Caller,
    patience: Patience,
  ): Promise<ActionOutcome> {
    const id = target.name;
    if (target.error !== undefined) return this.#failed(id, target.error);
    const stopped = await this.#stop(id, caller, patience);
    if (!stopped.ok) return this.#failed(id, stopped.failure);
    const { installer, purge } = this.#parts;
    const isPurge = params.purge === true;
    const change: AskedChange = {
      type: 'removed',
      verb: isPurge ? 'remove --purge' : 'remove',
      subject: id,
      actor: caller.actor,
      details: isPurge ? { purge: true } : {},
    };
    const taken = await installer.takeOut(id, change);
    if (!taken.ok) return this.#failed(id, taken.failure);
    const hadTraces = isPurge && purge.hasTraces(id);
    const purged = hadTraces ? await purge.purge(id, change) : success(undefined);
    if (!purged.ok) return this.#failed(id, errorBody('failed', purged.failure, { name: id }));
    return { plugin: id, changed: taken.value || hadTraces || stopped.value, state: null };
  }

  /** Success: whether it had to be stopped or disabled. */
  async #stop(id: string, caller: Caller, patience: Patience): Promise<Result<boolean, ErrorBody>> {
    const { supervisor } = this.#parts;
    if (!supervisor.ids().includes(id)) return success(false);
    const action = supervisor.act('remove', id, caller.actor);
    if (!action.ok) return action;
    const ended = await patience.waitFor(action.value.done);
    if (ended === 'timeout' || ended === 'interrupted') {
      const state = supervisor.compactRow(id)?.[1] ?? 'there';
      const limit = ended === 'timeout' ? ` after ${patience.limitMs / 1000} s` : '';
      const message = `it is still ${state}${limit}, and was not removed`;
      return failure(errorBody(ended, message, { name: id, hint: 'try again when it has stopped' }));
    }
    // That its files went away before it had stopped is what is wanted.
    if (ended.error !== undefined && ended.error.code !== 'not_found') return failure(ended.error);
    return success(action.value.changed);
  }

  #plan(targets: readonly Target[], isPurge: boolean): ActionResult {
    const { supervisor, purge } = this.#parts;
    const known = new Set(supervisor.ids());
    const going = targets.flatMap(({ name, error }) => (error === undefined ? [name] : []));
    const stops = supervisor
      .plan(
        'remove',
        going.filter((id) => known.has(id)),
      )
      .steps.filter((step) => step.action !== 'nothing')
      .flatMap((step) => this.#leaving(step));
    const level = stops.reduce((most, step) => Math.max(most, step.level + 1), 0);
    const isThere = (id: string): boolean => known.has(id) || (isPurge && purge.hasTraces(id));
    const removals = going.map(
      (plugin): PlanStep => ({
        plugin,
        action: isThere(plugin) ? 'remove' : 'nothing',
        level,
        because: isThere(plugin) ? 'asked for' : 'it is so already',
        state: supervisor.compactRow(plugin)?.[1] ?? null,
        lastMs: [],
      }),
    );
    const outcomes = targets.map(({ name, error }): ActionOutcome => {
      if (error !== undefined) return this.#failed(name, error);
      return { plugin: name, changed: isThere(name), state: supervisor.compactRow(name)?.[1] ?? null };
    });
    return { outcomes, plan: [...stops, ...removals] };
  }

  /** What a removal does to one plugin before its files go: it ends, where it runs; it is enabled no more, where it was. */
  #leaving(step: PlanStep): readonly PlanStep[] {
    if (step.action !== 'disable') return [step];
    const status = this.#parts.supervisor.status(step.plugin);
    const stop = status?.wanted === 'up' || status?.pid != null ? [{ ...step, action: 'stop' as const }] : [];
    return [...stop, ...(status?.enabled === true ? [step] : [])];
  }

  #outcomeNow({ name, error }: Target): ActionOutcome {
    if (error !== undefined) return this.#failed(name, error);
    return { plugin: name, changed: true, state: this.#parts.supervisor.compactRow(name)?.[1] ?? null };
  }

  #failed(plugin: string, error: ErrorBody): ActionOutcome {
    const state = this.#parts.supervisor.compactRow(plugin)?.[1] ?? null;
    return { plugin, changed: false, state, error };
  }
}

function isNeeded(id: string, by: readonly string[], all: readonly string[]): ErrorBody {
  const [only, ...more] = by;
  const needs =
    more.length === 0 ? `${only} needs it` : `${by.slice(0, -1).join(', ')} and ${by.at(-1)} need it`;
  const hint = `remove ${more.length === 0 ? 'it' : 'them'} as well: toru remove ${all.join(' ')}`;
  return errorBody('failed', needs, { name: id, hint });
}
