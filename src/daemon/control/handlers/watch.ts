/** `plugin.watch`: all plugins now, then each change. */

import type { CompactRow, PluginStatus, WatchItem, WatchParams } from '../../../protocol/control/plugins.ts';
import type { ErrorBody } from '../../../protocol/errors.ts';
import { failure, type Result, success } from '../../../protocol/result.ts';
import type { Clock } from '../../base/clock.ts';
import type { EventBus } from '../../base/event-bus.ts';
import type { SupervisorApi } from '../../supervisor/contract.ts';
import { type Groups, select, selects } from '../selection.ts';
import type { HostReadings } from './host-usage.ts';
import type { Handlers } from './table.ts';
import { UsageSamples } from './usage-samples.ts';
import { Wakeup } from './wakeup.ts';

type Supervisor = Pick<SupervisorApi, 'ids' | 'status' | 'compactRow'>;
type Watch = AsyncGenerator<WatchItem, Result<Readonly<Record<string, never>>, ErrorBody>>;

export interface WatchParts {
  readonly supervisor: Supervisor;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly groups?: Groups;
  readonly host?: HostReadings;
}

export function makeWatchHandlers(parts: WatchParts): Pick<Handlers, 'plugin.watch'> {
  return { 'plugin.watch': (params, _caller, signal) => watch(params, parts, signal) };
}

/**
 * Subscribes first and reads second, so that nothing is missed in between. What waits for a slow reader is one entry a
 * plugin, and the reader gets that plugin's newest state.
 */
async function* watch(
  params: WatchParams,
  { supervisor, bus, clock, groups, host }: WatchParts,
  signal: AbortSignal,
): Watch {
  const selected = select(params, supervisor.ids(), 'list', groups);
  if (!selected.ok) return selected;
  const [missing] = selected.value.missing;
  if (missing !== undefined) return failure(missing);
  const isSelected = selects(params, groups);
  const wakeup = new Wakeup(signal);
  const pending = new PendingChanges(isSelected, wakeup);
  const { usageEveryMs } = params;
  const usage =
    usageEveryMs === undefined ? undefined : new UsageSamples(clock, usageEveryMs, () => wakeup.call(), host);
  const rows = (): readonly CompactRow[] =>
    supervisor
      .ids()
      .filter(isSelected)
      .map((id) => supervisor.compactRow(id))
      .filter((row) => row !== undefined);
  const unsubscribe = [
    bus.subscribe('plugin-changed', ({ id }) => pending.add(id)),
    bus.subscribe('plugin-removed', ({ id }) => pending.add(id)),
  ];
  try {
    yield { kind: 'snapshot', plugins: snapshot(selected.value.ids, supervisor, pending) };
    while (!signal.aborted) {
      const sample = usage?.take(rows);
      if (sample !== undefined) yield sample;
      const change = pending.take();
      if (change === undefined) await pending.wait();
      else {
        const item = toItem(change, supervisor, pending);
        if (item !== undefined) yield item;
      }
    }
    return success({});
  } finally {
    usage?.end();
    for (const end of unsubscribe) end();
  }
}

function snapshot(
  ids: readonly string[],
  supervisor: Supervisor,
  pending: PendingChanges,
): readonly PluginStatus[] {
  const plugins = ids.flatMap((id) => supervisor.status(id) ?? []);
  for (const { id } of plugins) pending.setKnown(id);
  return plugins;
}

function toItem(change: Change, supervisor: Supervisor, pending: PendingChanges): WatchItem | undefined {
  const plugin = supervisor.status(change.id);
  if (plugin !== undefined) {
    pending.setKnown(change.id);
    return { kind: 'plugin', plugin, ...(change.isCut ? { isCut: true } : {}) };
  }
  // Came and went before the reader heard of it.
  return pending.forget(change.id) ? { kind: 'removed', id: change.id } : undefined;
}

interface Change {
  readonly id: string;
  readonly isCut: boolean;
}

/** Ids whose newest state the reader has not got, in the order of their first change. */
class PendingChanges {
  readonly #isSelected: (id: string) => boolean;
  readonly #wakeup: Wakeup;
  readonly #changed = new Map<string, { isCut: boolean }>();
  readonly #known = new Set<string>();

  constructor(isSelected: (id: string) => boolean, wakeup: Wakeup) {
    this.#isSelected = isSelected;
    this.#wakeup = wakeup;
  }

  add(id: string): void {
    if (!this.#isSelected(id)) return;
    const waiting = this.#changed.get(id);
    if (waiting === undefined) this.#changed.set(id, { isCut: false });
    else waiting.isCut = true;
    this.#wakeup.call();
  }

  take(): Change | undefined {
    for (const [id, { isCut }] of this.#changed) {
      this.#changed.delete(id);
      return { id, isCut };
    }
    return undefined;
  }

  wait(): Promise<void> {
    return this.#wakeup.wait();
  }

  /** The reader has been told of this plugin. */
  setKnown(id: string): void {
    this.#known.add(id);
  }

  /** False when the reader never knew it. */
  forget(id: string): boolean {
    return this.#known.delete(id);
  }
}
