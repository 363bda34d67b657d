/** Where entries go that one client follows. It says how far behind the client is; nobody keeps more for it than that. */

import type { Batch, Entry } from './feed.ts';

export interface Sink {
  /** Aborted when the client wants no more. */
  readonly closed: AbortSignal;
  /** Too much waits for the client. */
  readonly isSlow: boolean;
  /** Settles when a slow client has taken what waited for it, or wants no more; at once with any other. */
  caughtUp(): Promise<void>;
  /** @param entries those of the batch that the client wants and does not have; at least one */
  sendEntries(entries: readonly Entry[], batch: Batch): void;
  /** All that was has been sent: what follows comes as it happens. Again each time the client has caught up. */
  onLive?(): void;
}
