/** Figures of tasks. */

import type { Task, TaskState } from '../../protocol/control/tasks.ts';
import type { MetricFamily } from './open-metrics.ts';
import { DURATION_BOUNDS_SECONDS, ENDED_STATES, type TaskMeter } from './task-meter.ts';

const LIVE_STATES = ['queued', 'running'] as const satisfies readonly TaskState[];

/** @param live tasks that are not final @param sinceMs since when the meter counts, in milliseconds since 1970 */
export function taskFamilies(
  live: readonly Pick<Task, 'state'>[],
  meter: TaskMeter,
  sinceMs: number,
): readonly MetricFamily[] {
  const createdSeconds = sinceMs / 1000;
  return [
    {
      name: 'toru_tasks',
      type: 'gauge',
      help: 'Tasks that have not ended, by state',
      samples: LIVE_STATES.map((state) => ({
        labels: { state },
        value: live.filter((task) => task.state === state).length,
      })),
    },
    {
      name: 'toru_tasks_ended',
      type: 'counter',
      help: 'Tasks that have ended since torud was started, by state',
      samples: ENDED_STATES.map((state) => ({ labels: { state }, value: meter.ended(state) })),
      createdSeconds,
    },
    {
      name: 'toru_task_duration_seconds',
      type: 'histogram',
      unit: 'seconds',
      help: 'From start to end of a task, how ever it ended',
      bounds: DURATION_BOUNDS_SECONDS,
      histograms: [{ counts: meter.counts, sum: meter.sumSeconds }],
      createdSeconds,
    },
  ];
}
