/** What torud does when its state database turns out to be damaged while it is in use. */

import type { DependencyContainer } from 'tsyringe';
import { success } from '../protocol/result.ts';
import type { Clock } from './base/clock.ts';
import type { SupervisorLog } from './base/supervisor-log.ts';
import type { DaemonNotes } from './daemon-notes.ts';
import type { Database } from './store/database.ts';
import { rebuild } from './store/open-database.ts';
import { StoreWatch } from './store/store-watch.ts';
import type { Supervisor } from './supervisor/supervisor.ts';
import type { Tasks } from './tasks/tasks.ts';
import * as tokens from './tokens.ts';

/**
 * Watches over the database. A damaged one is set aside and made anew: with what can be read of it, and with all that
 * torud knows of the plugins.
 */
export function careForDatabase(
  container: DependencyContainer,
  database: Database,
  notes: DaemonNotes,
  instanceId: string,
): StoreWatch {
  const clock = container.resolve<Clock>(tokens.CLOCK);
  const log = container.resolve<SupervisorLog>(tokens.SUPERVISOR_LOG);
  const watch: StoreWatch = new StoreWatch(database, clock, log, () => {
    const reason = watch.problem() ?? 'its content is damaged';
    const rebuilt = rebuild(database, { clock, log }, reason, instanceId);
    if (!rebuilt.ok) return rebuilt;
    container.resolve<Supervisor>(tokens.SUPERVISOR).storeAgain();
    container.resolve<Tasks>(tokens.TASKS).storeAgain();
    notes.setAside(rebuilt.value);
    return success(undefined);
  });
  return watch;
}
