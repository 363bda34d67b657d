/** How long something is ago, or how long it goes on already; the full time is in its title. */

import { formatAge, formatDateTime } from '../../../../src/cli/output/sizes.ts';
import { coarseAge } from '../../../../src/cli/tui/coarse-time.ts';
import { useClock } from './clock.ts';

export interface AgoProps {
  /** RFC 3339, or milliseconds since 1970. */
  readonly at: string | number;
  /** `age`: `3 min ago`. `span`: `3m`, for columns. */
  readonly kind?: 'age' | 'span';
}

export function Ago({ at, kind = 'age' }: AgoProps) {
  const atMs = typeof at === 'number' ? at : Date.parse(at);
  const text = useClock((nowMs) => {
    const ageMs = Math.max(0, nowMs - atMs);
    return kind === 'age' ? formatAge(ageMs) : coarseAge(ageMs);
  });
  if (Number.isNaN(atMs)) return <span>{String(at)}</span>;
  const iso = new Date(atMs).toISOString();
  return (
    <time className="ago" dateTime={iso} title={formatDateTime(iso)}>
      {text}
    </time>
  );
}
