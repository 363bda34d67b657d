/** schedules and quick actions: what has tasks begun. */

import { instanceCachingFactory } from 'tsyringe';
import type { Clock } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { QuickActions } from '../quick-actions/quick-actions.ts';
import { Scheduler } from '../schedules/scheduler.ts';
import type { Database } from '../store/database.ts';
import type { InstanceSettings } from '../store/instance-settings.ts';
import { QuickActionStore } from '../store/quick-action-store.ts';
import { ScheduleStore } from '../store/schedule-store.ts';
import type { TaskApi } from '../tasks/contract.ts';
import * as tokens from '../tokens.ts';
import type { DaemonModule } from './daemon-module.ts';

export const automationModule: DaemonModule = {
  name: 'automation',
  register(container) {
    container.register(tokens.SCHEDULER, {
      useFactory: instanceCachingFactory((c) => {
        const database = c.resolve<Database>(tokens.DATABASE);
        return new Scheduler({
          clock: c.resolve<Clock>(tokens.CLOCK),
          log: c.resolve<SupervisorLog>(tokens.SUPERVISOR_LOG),
          database,
          store: new ScheduleStore(database),
          tasks: c.resolve<TaskApi>(tokens.TASKS),
          seed: c.resolve<InstanceSettings>(tokens.INSTANCE_SETTINGS).instanceId(),
        });
      }),
    });
    container.register(tokens.QUICK_ACTIONS, {
      useFactory: instanceCachingFactory((c) => {
        const database = c.resolve<Database>(tokens.DATABASE);
        return new QuickActions(database, new QuickActionStore(database), c.resolve<TaskApi>(tokens.TASKS));
      }),
    });
  },
};
