/** How long a task runs already. */

import { useClock } from '../../parts/clock.ts';
import { lastedText } from './task-words.ts';

/** @param at RFC 3339 */
export function RunsFor({ at }: { readonly at: string }) {
  const startedAtMs = Date.parse(at);
  return <>{useClock((nowMs) => lastedText(Math.max(0, Math.floor((nowMs - startedAtMs) / 1000)) * 1000))}</>;
}
