/** Schedules: what they are is torud.toml's, so here they are only shown. */

import type { ScheduleListResult } from '../../../protocol/control/schedules.ts';
import { success } from '../../../protocol/result.ts';
import type { Handlers } from './table.ts';

export interface ScheduleSource {
  /** @param count moments of `next` */
  list(count: number): Promise<ScheduleListResult>;
}

export function makeScheduleHandlers(schedules: ScheduleSource): Pick<Handlers, 'schedule.list'> {
  return { 'schedule.list': async ({ count = 1 }) => success(await schedules.list(count)) };
}
