/** The window onto the buffer: how high each line is with what stands around it, and how each row looks. */

import type { Frame, Line } from '../../frame.ts';
import type { Context } from '../../screen.ts';
import { entryAt } from './logs-buffer.ts';
import type { Shown } from './logs-feed.ts';
import { knownCrashes, marksAfter, marksBefore } from './logs-marks.ts';
import { withinLimit } from './logs-pattern.ts';
import { heightOf, rowOf, widthsOf } from './logs-row.ts';
import type { LogsState } from './logs-state.ts';
import { clamped, lastPage, type Rows, type Spot, shownTo } from './logs-window.ts';

const HIGHLIGHT_LIMIT_MS = 60;

export interface Scene {
  readonly rows: Rows;
  /** Rows of the window. */
  readonly height: number;
  readonly top: Spot;
  readonly shown: Shown;
  readonly lineOf: (spot: Spot) => Line;
}

/** Rows that the status line takes. */
const STATUS_ROWS = 1;

export function sceneOf(state: LogsState, context: Context): Scene {
  const { buffer } = state;
  const crashes = knownCrashes(state, context);
  const widths = widthsOf(state, context);
  const height = Math.max(1, context.size.rows - STATUS_ROWS);
  const known = new Map<number, Block>();
  const blockOf = (at: number): Block => {
    const made = known.get(at) ?? makeBlock(at);
    known.set(at, made);
    return made;
  };
  const makeBlock = (at: number): Block => {
    const entry = entryAt(buffer, at);
    return {
      before: marksBefore(state, at, context),
      rows: entry === undefined ? 1 : heightOf(entry, state, widths, context),
      after: marksAfter(state, at, crashes, context),
    };
  };
  const rows: Rows = {
    from: buffer.from,
    to: buffer.to,
    of: (at) => {
      const { before, rows: own, after } = blockOf(at);
      return before.length + own + after.length;
    },
  };
  const top = state.top === undefined ? lastPage(rows, height) : clamped(state.top, rows, height);
  return {
    rows,
    height,
    top,
    shown: { from: top.at, to: shownTo(top, rows, height) },
    lineOf: ({ at, row }) => {
      const { before, rows: own, after } = blockOf(at);
      const entry = entryAt(buffer, at);
      if (row < before.length) return before[row] ?? [];
      if (row >= before.length + own) return after[row - before.length - own] ?? [];
      return entry === undefined ? [] : rowOf(entry, at, row - before.length, state, widths, context);
    },
  };
}

interface Block {
  readonly before: readonly Line[];
  readonly rows: number;
  readonly after: readonly Line[];
}

/** The rows of the window. What is searched for stands out, unless finding it takes too long. */
export function windowLines(state: LogsState, context: Context): Frame {
  const { search, preview } = state;
  const plain = { ...state, search: undefined, preview: undefined };
  return (
    withinLimit([search, preview], () => linesOf(sceneOf(state, context)), HIGHLIGHT_LIMIT_MS) ??
    linesOf(sceneOf(plain, context))
  );
}

function linesOf({ rows, top, height, lineOf }: Scene): Frame {
  const lines: Line[] = [];
  for (let { at, row } = top; at < rows.to && lines.length < height; at += 1, row = 0) {
    const end = rows.of(at);
    for (; row < end && lines.length < height; row += 1) lines.push(lineOf({ at, row }));
  }
  return lines;
}
