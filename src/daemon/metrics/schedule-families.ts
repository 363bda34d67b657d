/** Figures of schedules. */

import type { Schedule } from '../../protocol/control/schedules.ts';
import type { MetricFamily, Sample } from './open-metrics.ts';

export function scheduleFamilies(schedules: readonly Schedule[]): readonly MetricFamily[] {
  const samples = (figureOf: (schedule: Schedule) => number | undefined): readonly Sample[] =>
    schedules.flatMap((schedule) => {
      const value = figureOf(schedule);
      return value === undefined ? [] : [{ labels: { schedule: schedule.name }, value }];
    });
  return [
    {
      name: 'toru_schedule_runnable',
      type: 'gauge',
      help: '1 when the schedule can run, 0 when its script is missing or refused',
      samples: samples(({ problem }) => (problem === null ? 1 : 0)),
    },
    {
      name: 'toru_schedule_missed',
      type: 'gauge',
      help: 'Runs that were due and did not happen, since the schedule was last caught up',
      samples: samples(({ missed }) => missed),
    },
    {
      name: 'toru_schedule_next_timestamp_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'When it is due next, jitter not counted',
      samples: samples(({ next: [soonest] }) => secondsOf(soonest)),
    },
    {
      name: 'toru_schedule_last_start_timestamp_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'When its newest task was asked for',
      samples: samples(({ lastTask }) => secondsOf(lastTask?.queuedAt)),
    },
    {
      name: 'toru_schedule_last_failed',
      type: 'gauge',
      help: '1 when its newest task that has ended failed or was lost, else 0',
      samples: samples(({ lastTask }) => {
        if (lastTask === null || lastTask.endedAt === null) return undefined;
        return lastTask.state === 'failed' || lastTask.state === 'lost' ? 1 : 0;
      }),
    },
  ];
}

function secondsOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time) / 1000;
}
