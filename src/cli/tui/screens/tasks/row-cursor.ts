/** A cursor on rows that come, go and change their order: it stays on its own row. Pure. */

import { windowOf } from '../../frame.ts';
import type { Key } from '../../messages.ts';
import { pageStep } from '../../page-step.ts';

export interface RowCursor {
  /** Key of its row; undefined: nobody has moved it, and it is on the first one. */
  readonly chosen: string | undefined;
  /** Where that row was. */
  readonly at: number;
  /** The first row on the screen. */
  readonly top: number;
}

export const FIRST_ROW: RowCursor = { chosen: undefined, at: 0, top: 0 };

/** The cursor among the rows of now; `at` is -1 where there are none. */
export function placeIn(cursor: RowCursor, keys: readonly string[], height: number): RowCursor {
  if (keys.length === 0) return { ...cursor, at: -1, top: 0 };
  const found = cursor.chosen === undefined ? 0 : keys.indexOf(cursor.chosen);
  const at = found === -1 ? Math.max(0, Math.min(keys.length - 1, cursor.at)) : found;
  return { chosen: cursor.chosen, at, top: windowOf(cursor.top, at, height, keys.length) };
}

/** Keys of less and vim. Undefined: the key moves nothing. */
export function moveRow(
  key: Key,
  cursor: RowCursor,
  keys: readonly string[],
  height: number,
): RowCursor | undefined {
  const step = key === 'ctrl-f' ? height : key === 'ctrl-b' ? -height : pageStep(key, height);
  return step === undefined
    ? undefined
    : chooseRow(placeIn(cursor, keys, height).at + step, cursor, keys, height);
}

export function chooseRow(to: number, cursor: RowCursor, keys: readonly string[], height: number): RowCursor {
  const at = Math.max(0, Math.min(keys.length - 1, to));
  return placeIn({ chosen: keys[at], at, top: cursor.top }, keys, height);
}
