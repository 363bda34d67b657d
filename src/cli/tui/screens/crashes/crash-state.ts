/** What the screen of one crash holds. */

import type { CrashSummary } from '../../../../protocol/control/crashes.ts';
import type { PluginEvent } from '../../../../protocol/control/events.ts';
import type { ErrorBody } from '../../../../protocol/errors.ts';
import type { Capsule } from './crash-capsule.ts';

export interface CrashState {
  readonly tag: string;
  /** The plugin's. */
  readonly id: string;
  readonly crashId: number;
  /** The one before stays until the next one is there. */
  readonly capsule: Capsule | undefined;
  readonly failure: ErrorBody | undefined;
  /** All of the plugin that are kept, newest first. */
  readonly siblings: readonly CrashSummary[];
  /** Oldest first. */
  readonly changes: readonly PluginEvent[];
  /** A stream has ended: torud was away when it was asked for. */
  readonly isCutOff: boolean;
  /** First row of the last lines; undefined: as it was opened. */
  readonly top: number | undefined;
  readonly isWrapped: boolean;
  readonly filter: string;
  /** Asked for the others in order to go there. */
  readonly turning: 'older' | 'newer' | undefined;
}
