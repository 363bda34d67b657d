/** control: the socket that toru speaks to. */

import { instanceCachingFactory } from 'tsyringe';
import type { Paths } from '../../protocol/paths.ts';
import type { Accounts } from '../base/accounts.ts';
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/event-bus.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { KvSettings } from '../catalog/settings.ts';
import type { AuditLog } from '../control/audit-log.ts';
import { Dispatcher } from '../control/dispatcher.ts';
import { makeHandlers } from '../control/handlers/all.ts';
import type { DaemonControl } from '../control/handlers/daemon.ts';
import { ControlServer } from '../control/server.ts';
import type { KvStore } from '../data/kv.ts';
import type { LogReader } from '../logs/log-reader.ts';
import type { Database } from '../store/database.ts';
import type { InstanceSettings } from '../store/instance-settings.ts';
import type { Stores } from '../supervisor/runner-surroundings.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
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
        const log = c.resolve<SupervisorLog>(tokens.SUPERVISOR_LOG);
        const catalog = c.resolve<Catalog>(tokens.CATALOG);
        const stores = c.resolve<Stores>(tokens.STORES);
        const supervisor = c.resolve<Supervisor>(tokens.SUPERVISOR);
        const handlers = makeHandlers({
          supervisor,
          bus: c.resolve<EventBus>(tokens.EVENT_BUS),
          clock,
          catalog,
          knownIds: () => [...new Set([...supervisor.ids(), ...stores.plugins.ids()])].sort(),
          database: c.resolve<Database>(tokens.DATABASE),
          events: stores.events,
          crashes: stores.crashes,
          runs: stores.runs,
          kv: c.resolve<KvStore>(tokens.KV_STORE),
          kvQuota: (plugin) => catalog.get(plugin)?.settings.kv ?? QUOTA_WITHOUT_SETTINGS,
          logReader: c.resolve<LogReader>(tokens.LOG_READER),
          daemon: c.resolve<DaemonControl>(tokens.DAEMON_CONTROL),
        });
        return new ControlServer({
          socketPath: c.resolve<Paths>(tokens.PATHS).controlSocket,
          instanceId: c.resolve<InstanceSettings>(tokens.INSTANCE_SETTINGS).instanceId(),
          dispatcher: new Dispatcher(handlers, c.resolve<AuditLog>(tokens.AUDIT_LOG), log),
          clock,
          log,
          accounts: c.resolve<Accounts>(tokens.ACCOUNTS),
        });
      }),
    });
  },
};
