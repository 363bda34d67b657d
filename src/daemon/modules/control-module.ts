/** control: the socket that toru speaks to. */

import { type DependencyContainer, instanceCachingFactory } from 'tsyringe';
import type { Paths } from '../../protocol/paths.ts';
import type { Accounts } from '../base/accounts.ts';
import { type Clock, parseTime } from '../base/clock.ts';
import type { EventBus } from '../base/event-bus.ts';
import type { WinstonSupervisorLog } from '../base/winston-log.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { KvSettings } from '../catalog/settings.ts';
import type { ConfigHolder } from '../config-holder.ts';
import type { AuditLog } from '../control/audit-log.ts';
import { Dispatcher } from '../control/dispatcher.ts';
import { makeHandlers } from '../control/handlers/all.ts';
import type { DaemonControl } from '../control/handlers/daemon.ts';
import type { OutputReading } from '../control/handlers/task-output.ts';
import { select } from '../control/selection.ts';
import { ControlServer } from '../control/server.ts';
import type { KvStore } from '../data/kv.ts';
import type { DropInFiles } from '../install/drop-in-file.ts';
import type { Installer } from '../install/installer.ts';
import type { Purge } from '../install/purge.ts';
import type { LogReader } from '../logs/log-reader.ts';
import type { Host } from '../metrics/host/host.ts';
import { Metrics } from '../metrics/metrics.ts';
import { RequestMeter } from '../metrics/request-meter.ts';
import { TaskMeter } from '../metrics/task-meter.ts';
import type { QuickActions } from '../quick-actions/quick-actions.ts';
import type { Scheduler } from '../schedules/scheduler.ts';
import { AuditStore } from '../store/audit-store.ts';
import type { Database } from '../store/database.ts';
import type { InstanceSettings } from '../store/instance-settings.ts';
import { PluginTotalsStore } from '../store/plugin-totals.ts';
import type { Stores } from '../supervisor/runner-surroundings.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { TaskApi } from '../tasks/contract.ts';
import * as tokens from '../tokens.ts';
import type { DaemonModule } from './daemon-module.ts';

/** For a plugin whose files are gone but whose keys are still there. */
const QUOTA_WITHOUT_SETTINGS: KvSettings = { maxKeys: 10_000, maxBytes: 64 * 1024 * 1024 };

export const controlModule: DaemonModule = {
  name: 'control',
  register(container) {
    container.register(tokens.CONTROL_SERVER, {
      useFactory: instanceCachingFactory((c) => {
        const clock = c.resolve<Clock>(tokens.CLOCK);
        const config = c.resolve<ConfigHolder>(tokens.CONFIG);
        const log = c.resolve<WinstonSupervisorLog>(tokens.SUPERVISOR_LOG);
        const catalog = c.resolve<Catalog>(tokens.CATALOG);
        const stores = c.resolve<Stores>(tokens.STORES);
        const supervisor = c.resolve<Supervisor>(tokens.SUPERVISOR);
        const meter = new RequestMeter();
        const handlers = makeHandlers({
          supervisor,
          bus: c.resolve<EventBus>(tokens.EVENT_BUS),
          clock,
          catalog,
          knownIds: () => [...new Set([...supervisor.ids(), ...stores.plugins.ids()])].sort(),
          database: c.resolve<Database>(tokens.DATABASE),
          events: stores.events,
          audit: new AuditStore(c.resolve<Database>(tokens.DATABASE)),
          crashes: stores.crashes,
          runs: stores.runs,
          kv: c.resolve<KvStore>(tokens.KV_STORE),
          kvQuota: (plugin) => catalog.get(plugin)?.settings.kv ?? QUOTA_WITHOUT_SETTINGS,
          logReader: c.resolve<LogReader>(tokens.LOG_READER),
          daemon: c.resolve<DaemonControl>(tokens.DAEMON_CONTROL),
          host: c.resolve<Host>(tokens.HOST),
          tasks: c.resolve<TaskApi>(tokens.TASKS),
          taskOutput: c.resolve<OutputReading>(tokens.TASK_OUTPUT),
          schedules: c.resolve<Scheduler>(tokens.SCHEDULER),
          quickActions: c.resolve<QuickActions>(tokens.QUICK_ACTIONS),
          telemetry: { supervisorLog: log, metrics: metricsOf(c, meter) },
          install: {
            installer: c.resolve<Installer>(tokens.INSTALLER),
            dropIns: c.resolve<DropInFiles>(tokens.DROP_IN_FILES),
            purge: c.resolve<Purge>(tokens.PURGE),
            log,
          },
        });
        return new ControlServer({
          socketPath: c.resolve<Paths>(tokens.PATHS).controlSocket,
          instanceId: c.resolve<InstanceSettings>(tokens.INSTANCE_SETTINGS).instanceId(),
          dispatcher: new Dispatcher(handlers, c.resolve<AuditLog>(tokens.AUDIT_LOG), log, {
            meter,
            plugins: {
              select: (selection) => select(selection, supervisor.ids(), 'action', catalog.groups),
              stateOf: (id) => supervisor.compactRow(id)?.[1] ?? null,
            },
          }),
          clock,
          log,
          accounts: c.resolve<Accounts>(tokens.ACCOUNTS),
          accessRules: () => config.current.access,
        });
      }),
    });
  },
};

function metricsOf(c: DependencyContainer, meter: RequestMeter): Metrics {
  const database = c.resolve<Database>(tokens.DATABASE);
  const stores = c.resolve<Stores>(tokens.STORES);
  const totals = new PluginTotalsStore(database);
  const audit = new AuditStore(database);
  const kv = c.resolve<KvStore>(tokens.KV_STORE);
  const tasks = c.resolve<TaskApi>(tokens.TASKS);
  return new Metrics({
    clock: c.resolve<Clock>(tokens.CLOCK),
    paths: c.resolve<Paths>(tokens.PATHS),
    meter,
    supervisor: c.resolve<Supervisor>(tokens.SUPERVISOR),
    host: c.resolve<Host>(tokens.HOST),
    tasks: {
      meter: new TaskMeter(c.resolve<EventBus>(tokens.EVENT_BUS), (id) => tasks.get(id)),
      live: () => tasks.live(),
    },
    schedules: c.resolve<Scheduler>(tokens.SCHEDULER),
    store: {
      read: (work) => database.read(work),
      totals: () => totals.all(),
      kv: () => kv.totals(),
      lastStartMs: (plugin) => stores.runs.lastStartsMs(plugin, 1)[0],
      lastAuditId: () => audit.lastId(),
    },
    daemon: () => {
      const { since, problems } = c.resolve<DaemonControl>(tokens.DAEMON_CONTROL).status();
      const server = c.resolve<ControlServer>(tokens.CONTROL_SERVER);
      return {
        sinceMs: parseTime(since),
        problems: problems.length,
        connections: server.connectionCount,
        requestsInFlight: server.requestsInFlight,
      };
    },
  });
}
