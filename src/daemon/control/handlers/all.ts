/** The whole table of handlers. */

import type { Clock } from '../../base/clock.ts';
import type { EventBus } from '../../base/event-bus.ts';
import type { SupervisorApi } from '../../supervisor/contract.ts';
import { makeActionHandlers } from './actions.ts';
import { type CrashSource, makeCrashHandlers } from './crashes.ts';
import { type DaemonControl, makeDaemonHandlers } from './daemon.ts';
import { type EventSource, makeEventHandlers } from './events.ts';
import { type KvQuota, type KvSource, makeKvHandlers } from './kv.ts';
import { type LogSource, makeLogHandlers, type RunSource } from './logs.ts';
import { makePluginHandlers, type Scanner } from './plugins.ts';
import { type ReadableDatabase, Reader } from './reader.ts';
import type { Handlers } from './table.ts';
import { makeWatchHandlers } from './watch.ts';

export interface HandlerParts {
  readonly supervisor: SupervisorApi;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly catalog: Scanner & {
    /** A look that costs little when nothing has changed. */
    refresh(): Promise<unknown>;
  };
  /** Ids of all plugins of which anything is kept, also of those whose files are gone. */
  knownIds(): readonly string[];
  readonly database: ReadableDatabase;
  readonly events: EventSource;
  readonly crashes: CrashSource;
  readonly runs: RunSource;
  readonly kv: KvSource;
  kvQuota(plugin: string): KvQuota;
  readonly logReader: LogSource;
  readonly daemon: DaemonControl;
}

export function makeHandlers(parts: HandlerParts): Handlers {
  const { supervisor, bus, clock, events, crashes, runs, kv, logReader } = parts;
  const reader = new Reader(parts.database);
  const ids = (): readonly string[] => supervisor.ids();
  const knownIds = (): readonly string[] => parts.knownIds();
  return {
    ...makePluginHandlers(supervisor, parts.catalog),
    ...makeActionHandlers(supervisor, clock, () => parts.catalog.refresh()),
    ...makeWatchHandlers(supervisor, bus),
    ...makeEventHandlers({ events, reader, bus, ids: knownIds }),
    ...makeLogHandlers({ logReader, runs, reader, ids: knownIds }),
    ...makeCrashHandlers({ crashes, reader, ids: knownIds }),
    ...makeKvHandlers({ kv, kvQuota: (plugin) => parts.kvQuota(plugin), ids }),
    ...makeDaemonHandlers(parts.daemon),
  };
}
