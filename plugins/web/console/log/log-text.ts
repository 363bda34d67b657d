/** Lines of a log as text: for the clipboard, and for a file. */

import { formatClock } from '../../../../src/cli/output/sizes.ts';
import { plainText } from './ansi.ts';
import type { LogEntry, LogRow } from './log-rows.ts';

/** Local time with milliseconds, the date before it when that is not today's; empty without one. */
export function clockOf({ timestamp }: LogEntry, nowMs: number): string {
  return timestamp === undefined ? '' : formatClock(timestamp, nowMs, true);
}

/** `o`, `e`, and `!` for what toru itself has to say. */
export function streamLetter({ stream }: LogEntry): string {
  if (stream === 'stderr') return 'e';
  return stream === 'shim' ? '!' : 'o';
}

/** `2026-11-21T12:00:00.000001Z err e message`, each row a line; colours are left out. */
export function textOfRows(rows: readonly LogRow[], hasPlugin: boolean): string {
  return rows.map((row) => `${textOf(row, hasPlugin)}\n`).join('');
}

function textOf(row: LogRow, hasPlugin: boolean): string {
  switch (row.kind) {
    case 'line': {
      const { entry } = row;
      const { timestamp = '-', level = 'info', plugin = '-' } = entry;
      const head = [timestamp, ...(hasPlugin ? [plugin] : []), level, streamLetter(entry)].join(' ');
      return `${head} ${plainText(entry.message)}${entry.cut === true ? ' …[cut]' : ''}`;
    }
    case 'run':
      return `-- run ${row.run} of ${row.plugin} --`;
    case 'skipped':
      return `-- ${skippedText(row.lines)} --`;
    default:
      return row satisfies never;
  }
}

export function skippedText(lines: number): string {
  return `${lines} ${lines === 1 ? 'line is' : 'lines are'} not shown: more came than is kept here`;
}
