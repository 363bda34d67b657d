/** A change of a plugin's files or settings that somebody asked for, in contrast to one that torud finds on the disk. */

import type { Actor } from '../../protocol/control/plugins.ts';

export interface AskedChange {
  readonly type: 'installed' | 'removed' | 'changed';
  /** The verb that was used, as one types it: `install --rollback`. */
  readonly verb: string;
  /** What stands behind the verb: a path, an id. */
  readonly subject: string;
  readonly actor: Actor;
  readonly details: Readonly<Record<string, unknown>>;
}
