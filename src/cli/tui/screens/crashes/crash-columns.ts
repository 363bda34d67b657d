/** Columns of the list of crashes, and which of them fit. Pure. */

import type { CrashSummary } from '../../../../protocol/control/crashes.ts';
import { formatSize, formatSpan } from '../../../output/sizes.ts';
import { cutTo, padTo, widthOf } from '../../../output/width.ts';
import type { Role } from '../../frame.ts';
import type { Look } from '../../look.ts';

export interface CrashColumn {
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  /** The lower it is, the longer it stays when the terminal gets narrow. */
  readonly rank: number;
  readonly text: (crash: CrashSummary) => string;
  readonly role?: (crash: CrashSummary) => Role;
}

/** Cursor and mark. */
export const LEAD_WIDTH = 2;
const GAP_WIDTH = 2;
const MIN_PLUGIN_WIDTH = 8;
const MAX_PLUGIN_WIDTH = 24;

export interface ColumnsWanted {
  readonly look: Look;
  /** Undefined: all are of one plugin. */
  readonly pluginWidth: number | undefined;
}

/** Those that fit into so many columns of the terminal, in their order. */
export function fittingColumns(wanted: ColumnsWanted, columns: number): readonly CrashColumn[] {
  let shown = allColumns(wanted);
  const taken = (): number =>
    LEAD_WIDTH + shown.reduce((sum, { width }) => sum + width, 0) + (shown.length - 1) * GAP_WIDTH;
  while (taken() > columns && shown.some(({ rank }) => rank > 0)) {
    const worst = Math.max(...shown.map(({ rank }) => rank));
    shown = shown.filter(({ rank }) => rank !== worst);
  }
  return shown;
}

function allColumns({ look, pluginWidth }: ColumnsWanted): readonly CrashColumn[] {
  const { absent, retry } = look.signs;
  const left = (title: string, width: number, rank: number, text: CrashColumn['text']): CrashColumn => ({
    title,
    width,
    align: 'left',
    rank,
    text,
  });
  const right = (title: string, width: number, rank: number, text: CrashColumn['text']): CrashColumn => ({
    ...left(title, width, rank, text),
    align: 'right',
  });
  const plugin =
    pluginWidth === undefined
      ? []
      : [
          left(
            'PLUGIN',
            Math.min(MAX_PLUGIN_WIDTH, Math.max(MIN_PLUGIN_WIDTH, pluginWidth)),
            1,
            (crash) => crash.plugin,
          ),
        ];
  return [
    right('ID', 6, 4, ({ id }) => `#${id}`),
    left('TIME', 14, 0, ({ at }) => shortTime(at)),
    ...plugin,
    { ...left('CAUSE', 13, 0, ({ cause }) => cause), role: () => 'bad' },
    left('END', 12, 2, (crash) => endText(crash, absent)),
    right('UP', 7, 3, ({ uptimeMs }) => formatSpan(uptimeMs)),
    right(retry, 3, 5, ({ restart }) => String(restart)),
    left('VERSION', 10, 7, ({ version }) => version),
    right('PEAK', 7, 8, ({ peakMemoryBytes }) =>
      peakMemoryBytes === null ? absent : formatSize(peakMemoryBytes),
    ),
    {
      ...left('VERDICT', 18, 6, verdictWords),
      role: ({ verdict }) => (verdict === 'give-up' ? 'bad' : 'dim'),
    },
  ];
}

export function cellText(column: CrashColumn, text: string): string {
  return padTo(cutTo(text, column.width), column.width, column.align);
}

export function titlesText(columns: readonly CrashColumn[]): string {
  return columns.map((column) => cellText(column, column.title)).join(' '.repeat(GAP_WIDTH));
}

export function widestId(ids: Iterable<string>): number {
  let most = 0;
  for (const id of ids) most = Math.max(most, widthOf(id));
  return most;
}

/** Local time, always as wide: `11-21 14:01:58`. */
export function shortTime(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `exit 7`, `SIGSEGV`; with a sign where a core was written. */
export function endText({ exitCode, signal, coreDumped }: CrashSummary, absent: string): string {
  const end = signal ?? (exitCode === null ? absent : `exit ${exitCode}`);
  return coreDumped ? `${end}+core` : end;
}

function verdictWords({ verdict, delayMs }: CrashSummary): string {
  switch (verdict) {
    case 'restart':
      return delayMs === null ? 'restart' : `restart in ${formatSpan(delayMs)}`;
    case 'give-up':
      return 'given up';
    case 'none':
      return 'none';
  }
}
