/** store and data: the tables, and the plugins' keys. The database itself is opened before (it may be refused). */

import { instanceCachingFactory } from 'tsyringe';
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/event-bus.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { AuditLog } from '../control/audit-log.ts';
import { KvStore } from '../data/kv.ts';
import { AuditStore } from '../store/audit-store.ts';
import { CrashStore } from '../store/crash-store.ts';
import type { Database } from '../store/database.ts';
import { EventStore } from '../store/event-store.ts';
import { InstanceSettings } from '../store/instance-settings.ts';
import { PluginStore } from '../store/plugin-store.ts';
import { RunStore } from '../store/run-store.ts';
import type { Stores } from '../supervisor/runner-surroundings.ts';
import { StateWriter } from '../supervisor/state-writer.ts';
import {
  AUDIT_LOG,
  CLOCK,
  DATABASE,
  EVENT_BUS,
  INSTANCE_SETTINGS,
  KV_STORE,
  STATE_WRITER,
  STORES,
  SUPERVISOR_LOG,
} from '../tokens.ts';
import type { DaemonModule } from './daemon-module.ts';

export const storeModule: DaemonModule = {
  name: 'store',
  register(container) {
    container.register(INSTANCE_SETTINGS, {
      useFactory: instanceCachingFactory((c) => new InstanceSettings(c.resolve<Database>(DATABASE))),
    });
    container.register<Stores>(STORES, {
      useFactory: instanceCachingFactory((c) => {
        const database = c.resolve<Database>(DATABASE);
        return {
          plugins: new PluginStore(database),
          runs: new RunStore(database),
          events: new EventStore(database),
          crashes: new CrashStore(database),
        };
      }),
    });
    container.register(KV_STORE, {
      useFactory: instanceCachingFactory(
        (c) => new KvStore(c.resolve<Database>(DATABASE), c.resolve<Clock>(CLOCK)),
      ),
    });
    container.register(STATE_WRITER, {
      useFactory: instanceCachingFactory(
        (c) =>
          new StateWriter(
            c.resolve<Database>(DATABASE),
            c.resolve<Clock>(CLOCK),
            c.resolve<SupervisorLog>(SUPERVISOR_LOG),
          ),
      ),
    });
    container.register(AUDIT_LOG, {
      useFactory: instanceCachingFactory((c) => {
        const database = c.resolve<Database>(DATABASE);
        return new AuditLog(
          database,
          new AuditStore(database),
          c.resolve<Clock>(CLOCK),
          c.resolve<SupervisorLog>(SUPERVISOR_LOG),
          (method) => c.resolve<EventBus>(EVENT_BUS).publish('audit-written', { method }),
        );
      }),
    });
  },
};
