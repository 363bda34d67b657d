/** The history of a plugin's runs. Pure. */

import type { CrashSummary } from '../../../../protocol/control/crashes.ts';
import type { ListedRun } from '../../../../protocol/control/runs.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { formatClock, formatSize } from '../../../output/sizes.ts';
import { cutTo, padTo, widthOf } from '../../../output/width.ts';
import { isCrash, lastedText, runEndText, runSpanMs } from '../../../run-text.ts';
import { coarseAge } from '../../coarse-time.ts';
import { inRole, type Line, line, type Role, span } from '../../frame.ts';
import type { Context } from '../../screen.ts';
import { MAX_RUNS } from './detail-questions.ts';
import type { DetailState } from './detail-state.ts';

export function runsOf({ questions }: DetailState): readonly ListedRun[] {
  return questions.runs.value?.runs ?? [];
}

/** The crash that ended a run, where it is one of those that are known. */
export function crashOf(run: ListedRun, { questions }: DetailState): CrashSummary | undefined {
  return questions.crashes.value?.crashes.find(({ runId }) => runId === run.id);
}

interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** The lower it is, the longer it stays when the terminal gets narrow. */
  readonly rank: number;
  readonly text: (run: ListedRun, at: number) => string;
}

export interface RunTable {
  readonly head: Line;
  readonly length: number;
  draw(at: number, isChosen: boolean): Line;
}

const GAP = '  ';

export function runTable(state: DetailState, context: Context): RunTable {
  const runs = runsOf(state);
  const columns = columnsOf(state, runs, context);
  const widths = new Map(
    columns.map((column) => [
      column,
      Math.max(widthOf(column.title), ...runs.map((run, at) => widthOf(column.text(run, at)))),
    ]),
  );
  const widthIn = (ones: readonly Column[]): number =>
    ones.reduce((sum, one) => sum + (widths.get(one) ?? 0) + GAP.length, 2);
  let shown = columns;
  while (widthIn(shown) > context.size.columns && shown.some(({ rank }) => rank > 0)) {
    const worst = Math.max(...shown.map(({ rank }) => rank));
    shown = shown.filter(({ rank }) => rank !== worst);
  }
  const cells = (of: (column: Column) => string): string[] =>
    shown.map((column) => padTo(of(column), widths.get(column) ?? 0, column.align) + GAP);
  return {
    head: line(span(`  ${cells(({ title }) => title).join('')}`, 'dim')),
    length: runs.length,
    draw: (at, isChosen) => {
      const run = runs[at];
      if (run === undefined) return [];
      const cursor = isChosen ? `${context.look.signs.cursor} ` : '  ';
      const texts = cells(({ text }) => cutTo(text(run, at), 48));
      const made = line(cursor, ...texts.map((text, column) => span(text, roleOf(shown[column], run))));
      return isChosen ? inRole(made, 'selected') : made;
    },
  };
}

function roleOf(column: Column | undefined, run: ListedRun): Role {
  if (column?.title !== 'END') return 'plain';
  if (run.endedAt === null) return 'good';
  return isCrash(run) ? 'bad' : 'dim';
}

function columnsOf(
  state: DetailState,
  runs: readonly ListedRun[],
  { look, wallMs }: Context,
): readonly Column[] {
  const { absent, arrow } = look.signs;
  const clock = (time: string | null): string => (time === null ? absent : formatClock(time, wallMs));
  const crashes = new Map((state.questions.crashes.value?.crashes ?? []).map(({ runId, id }) => [runId, id]));
  return [
    { title: 'RUN', align: 'right', rank: 0, text: ({ id }) => String(id) },
    { title: 'STARTED', align: 'right', rank: 0, text: ({ startedAt }) => clock(startedAt) },
    { title: 'ENDED', align: 'right', rank: 3, text: ({ endedAt }) => clock(endedAt) },
    { title: 'LASTED', align: 'right', rank: 1, text: (run) => lastedOf(run, wallMs) },
    {
      title: 'END',
      align: 'left',
      rank: 0,
      text: (run) => {
        const crash = crashes.get(run.id);
        return sanitiseField(`${runEndText(run)}${crash === undefined ? '' : ` (crash #${crash})`}`);
      },
    },
    {
      title: 'VERSION',
      align: 'left',
      rank: 2,
      text: (run, at) => sanitiseField(versionText(run, runs[at + 1], arrow)),
    },
    {
      title: 'PEAK',
      align: 'right',
      rank: 4,
      text: ({ peakMemoryBytes }) => (peakMemoryBytes === null ? absent : formatSize(peakMemoryBytes)),
    },
    {
      title: 'LINES',
      align: 'right',
      rank: 5,
      text: ({ lines, linesLost }) =>
        lines === null
          ? absent
          : `${lines}${linesLost === null || linesLost === 0 ? '' : ` (${linesLost} lost)`}`,
    },
  ];
}

/** What goes on is told so that it stands still. */
function lastedOf(run: ListedRun, wallMs: number): string {
  const ms = runSpanMs(run, wallMs);
  return run.endedAt === null ? coarseAge(ms) : lastedText(ms);
}

/** A version that replaced another one is the first thing to look at when crashes began. */
function versionText(run: ListedRun, older: ListedRun | undefined, arrow: string): string {
  if (older === undefined) return run.version;
  if (older.version !== run.version) return `${older.version} ${arrow} ${run.version}`;
  return older.digest === run.digest ? run.version : `${run.version}, other files`;
}

export function moreText(state: DetailState): string | undefined {
  return runsOf(state).length < MAX_RUNS ? undefined : `older runs: toru runs ${state.id} -n 1000`;
}
