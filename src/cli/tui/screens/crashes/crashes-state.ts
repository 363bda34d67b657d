/** What the list of crashes holds. */

import type { CrashSummary } from '../../../../protocol/control/crashes.ts';
import type { PluginEvent } from '../../../../protocol/control/events.ts';
import type { CrashPages } from './crash-pages.ts';
import { crashRows, isCrash, placeOf } from './crash-rows.ts';

export interface CrashesState {
  readonly tag: string;
  /** Undefined: of all plugins. */
  readonly id: string | undefined;
  readonly pages: CrashPages;
  /** Oldest first. */
  readonly changes: readonly PluginEvent[];
  /** A stream has ended: torud was away when it was asked for. */
  readonly isCutOff: boolean;
  /** The cursor follows the crash, not the row. */
  readonly chosen: number | undefined;
  readonly top: number;
  readonly filter: string;
  readonly cause: string | undefined;
  /** To be compared: at most two, in the order in which they were marked. */
  readonly marks: readonly number[];
  /** On the way to the oldest one. */
  readonly isSeekingEnd: boolean;
}

export function chosenCrash(state: CrashesState): CrashSummary | undefined {
  const rows = crashRows(state);
  const row = rows[placeOf(rows, state.chosen)];
  return row !== undefined && isCrash(row) ? row : undefined;
}
