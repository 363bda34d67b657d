/** The whole table of handlers. */

import type { ScanResult } from '../../../protocol/control/plugins.ts';
import type { Clock } from '../../base/clock.ts';
import type { EventBus } from '../../base/event-bus.ts';
import type { CatalogEntry } from '../../catalog/settings.ts';
import type { SupervisorApi } from '../../supervisor/contract.ts';
import type { Groups } from '../selection.ts';
import { makeActionHandlers, makeReloadRestart } from './actions.ts';
import { type AuditSource, makeAuditHandlers } from './audit.ts';
import { type CrashedRuns, type CrashSource, makeCrashHandlers } from './crashes.ts';
import { type DaemonControl, makeDaemonHandlers } from './daemon.ts';
import { makeDependencyHandlers } from './dependencies.ts';
import { type EventSource, makeEventHandlers } from './events.ts';
import type { HostReadings } from './host-usage.ts';
import { type InstallParts, makeInstallHandlers } from './install.ts';
import { type KvQuota, type KvSource, makeKvHandlers } from './kv.ts';
import { type LogSource, makeLogHandlers, type RunSource } from './logs.ts';
import { makePluginHandlers, type Scanner } from './plugins.ts';
import { makeQuickActionHandlers, type QuickActionSource } from './quick-actions.ts';
import { type ReadableDatabase, Reader } from './reader.ts';
import { makeReloadHandler } from './reload.ts';
import { makeRemoveHandlers, type RemoveParts } from './remove.ts';
import { makeRunHandlers, type RunHistory } from './runs.ts';
import { makeScheduleHandlers, type ScheduleSource } from './schedules.ts';
import { type HostSource, makeSystemHandlers } from './system.ts';
import type { Handlers } from './table.ts';
import { makeTaskHandlers, type TaskParts } from './tasks.ts';
import { makeTelemetryHandlers, type TelemetryParts } from './telemetry.ts';
import { makeWatchHandlers } from './watch.ts';

export interface HandlerParts {
  readonly supervisor: SupervisorApi;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly catalog: Scanner & {
    /** A look that costs little when nothing has changed. */
    refresh(): Promise<ScanResult>;
    readonly groups: Groups;
    entries(): readonly CatalogEntry[];
  };
  /** Ids of all plugins of which anything is kept, also of those whose files are gone. */
  knownIds(): readonly string[];
  readonly database: ReadableDatabase;
  readonly events: EventSource;
  readonly audit: AuditSource;
  readonly crashes: CrashSource;
  readonly runs: RunSource & CrashedRuns & RunHistory;
  readonly kv: KvSource;
  kvQuota(plugin: string): KvQuota;
  readonly logReader: LogSource;
  readonly daemon: DaemonControl;
  readonly host: HostSource & HostReadings;
  readonly tasks: TaskParts['tasks'];
  readonly taskOutput: TaskParts['output'];
  readonly schedules: ScheduleSource;
  readonly quickActions: QuickActionSource;
  readonly telemetry: TelemetryParts;
  readonly install: Pick<InstallParts, 'dropIns'> & {
    readonly installer: InstallParts['installer'] & RemoveParts['installer'];
    readonly purge: RemoveParts['purge'];
    readonly log: RemoveParts['log'];
  };
}

export function makeHandlers(parts: HandlerParts): Handlers {
  const { supervisor, bus, clock, events, crashes, runs, kv, logReader } = parts;
  const reader = new Reader(parts.database);
  const ids = (): readonly string[] => supervisor.ids();
  const { groups } = parts.catalog;
  const refresh = (): Promise<ScanResult> => parts.catalog.refresh();
  const actionParts = { supervisor, clock, bus, groups, refresh };
  const restart = makeReloadRestart(actionParts);
  const knownIds = (): readonly string[] => parts.knownIds();
  return {
    ...makePluginHandlers(supervisor, parts.catalog, groups),
    ...makeActionHandlers(actionParts),
    ...makeReloadHandler({ supervisor, clock, groups, refresh, restart }),
    ...makeDependencyHandlers(supervisor),
    ...makeWatchHandlers({ supervisor, bus, clock, groups, host: parts.host }),
    ...makeEventHandlers({ events, reader, bus, groups, ids: knownIds }),
    ...makeAuditHandlers({ audit: parts.audit, reader, bus, groups, ids: knownIds }),
    ...makeLogHandlers({ logReader, runs, reader, groups, ids: knownIds }),
    ...makeCrashHandlers({ crashes, runs, reader, groups, ids: knownIds }),
    ...makeRunHandlers({ runs, reader, ids: knownIds }),
    ...makeKvHandlers({ kv, kvQuota: (plugin) => parts.kvQuota(plugin), ids }),
    ...makeDaemonHandlers(parts.daemon),
    ...makeTelemetryHandlers(parts.telemetry),
    ...makeTaskHandlers({ tasks: parts.tasks, output: parts.taskOutput, bus, clock }),
    ...makeScheduleHandlers(parts.schedules),
    ...makeQuickActionHandlers(parts.quickActions),
    ...makeSystemHandlers({ host: parts.host, supervisor }),
    ...makeInstallHandlers({ ...parts.install, ids }),
    ...makeRemoveHandlers({ ...parts.install, supervisor, catalog: parts.catalog, clock, groups }),
  };
}
