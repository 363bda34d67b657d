/** A schedule as `schedule.list` shows it. */

import type { Schedule } from '../../protocol/control/schedules.ts';
import type { Task } from '../../protocol/control/tasks.ts';
import { formatTime } from '../base/clock.ts';
import type { ScheduleSettings } from '../base/config-schedules.ts';
import type { ScheduleRecord } from '../store/schedule-store.ts';

export interface ScheduleNow {
  /** Milliseconds since 1970, soonest first. */
  readonly next: readonly number[];
  readonly lastTask: Task | null;
  /** Why its script would not be run. */
  readonly refusal: string | undefined;
}

export function describeSchedule(
  settings: ScheduleSettings,
  { missed, lastMissedAt }: ScheduleRecord,
  { next, lastTask, refusal }: ScheduleNow,
): Schedule {
  const { name, script, args, cron, timezone, jitterMs, catchUp, lock, timeoutMs } = settings;
  const never = next.length === 0 ? `"${cron}" never comes due` : null;
  return {
    name,
    script,
    args,
    cron,
    timezone,
    jitterMs,
    catchUp,
    lock,
    timeoutMs,
    next: next.map(formatTime),
    missed,
    lastMissedAt: lastMissedAt === null ? null : formatTime(lastMissedAt),
    lastTask,
    problem: refusal ?? never,
  };
}
