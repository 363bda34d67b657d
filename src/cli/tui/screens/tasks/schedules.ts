/** Schedules: when each runs next, and how it ended last; enter shows what its newest task has written. */

import type { ResultOf } from '../../../../protocol/control/methods.ts';
import type { Schedule } from '../../../../protocol/control/schedules.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { cutTo, padTo, widthOf } from '../../../output/width.ts';
import { commandText, endText } from '../../../tasks/task-words.ts';
import { shortMoment } from '../../coarse-time.ts';
import { type Line, line, span } from '../../frame.ts';
import type { Context, Doors, Screen } from '../../screen.ts';
import { choiceScreen } from './choice-list.ts';
import { TASK_ROLES } from './tasks-view.ts';

const MOST_NAME_WIDTH = 24;
const MOST_CRON_WIDTH = 32;
const MOMENT_WIDTH = 11;
const END_WIDTH = 10;
const MISSED_WIDTH = 6;

export function schedulesScreen(doors: Doors): Screen {
  return choiceScreen<Schedule>({
    title: 'schedules',
    tag: 'schedules',
    keys: [
      { keys: 'enter', does: 'output of the last run' },
      { keys: '/', does: 'filter' },
    ],
    method: 'schedule.list',
    params: {},
    empty: 'There are no schedules: they are tables [[schedule]] of torud.toml',
    itemsOf: (result) => (result as ResultOf<'schedule.list'>).schedules,
    keyOf: ({ name }) => name,
    wordsOf: (schedule) => `${schedule.name} ${schedule.script} ${cronText(schedule)}`,
    headOf: (items) => {
      const { name, cron } = widthsOf(items);
      const last = `${padTo('LAST', MOMENT_WIDTH)}  ${padTo('END', END_WIDTH)}`;
      const cells = [padTo('NAME', name), padTo('CRON', cron), padTo('NEXT', MOMENT_WIDTH), last];
      return line(span(`  ${cells.join('  ')}  ${'MISSED'.padStart(MISSED_WIDTH)}  COMMAND`, 'dim'));
    },
    rowOf,
    onKey: (key, schedule, screen) => {
      if (key !== 'enter') return undefined;
      if (schedule === undefined) return { screen, notice: 'there is no schedule to open' };
      const { lastTask } = schedule;
      if (lastTask === null) return { screen, notice: `${schedule.name} has not run yet` };
      return { screen, go: { kind: 'open', screen: doors.taskOutput(lastTask.id) } };
    },
    commandOf: () => ['schedules'],
  });
}

function rowOf(schedule: Schedule, items: readonly Schedule[], { wallMs, look }: Context): Line {
  const widths = widthsOf(items);
  const { next, lastTask, missed, problem } = schedule;
  const [soonest] = next;
  const moment = (at: string | undefined | null): string =>
    padTo(at === undefined || at === null ? look.signs.absent : shortMoment(at, wallMs), MOMENT_WIDTH);
  const end = (lastTask === null ? null : endText(lastTask)) ?? look.signs.absent;
  const what =
    problem === null
      ? sanitiseField(commandText(schedule))
      : span(`problem: ${sanitiseField(problem)}`, 'bad');
  return line(
    `${padTo(cutTo(sanitiseField(schedule.name), widths.name), widths.name)}  `,
    span(`${padTo(cutTo(cronText(schedule), widths.cron), widths.cron)}  `, 'dim'),
    `${moment(soonest)}  `,
    span(`${moment(lastTask?.startedAt ?? lastTask?.queuedAt)}  `, 'dim'),
    span(padTo(cutTo(end, END_WIDTH), END_WIDTH), lastTask === null ? 'dim' : TASK_ROLES[lastTask.state]),
    span(`  ${String(missed).padStart(MISSED_WIDTH)}  `, missed > 0 ? 'busy' : 'dim'),
    what,
  );
}

/** With the timezone where it is not that of the machine, as in `toru schedules`. */
function cronText({ cron, timezone }: Schedule): string {
  return sanitiseField(timezone === null ? cron : `${cron} ${timezone}`);
}

function widthsOf(items: readonly Schedule[]): { readonly name: number; readonly cron: number } {
  const most = (largest: number, texts: readonly string[]): number =>
    Math.min(largest, Math.max(4, ...texts.map((text) => widthOf(sanitiseField(text)))));
  return {
    name: most(
      MOST_NAME_WIDTH,
      items.map(({ name }) => name),
    ),
    cron: most(MOST_CRON_WIDTH, items.map(cronText)),
  };
}
