/** When something ends, and how long that still is. */

import { formatDateTime, formatSpan } from '../../../../src/cli/output/sizes.ts';
import { useClock } from './clock.ts';

export interface UntilProps {
  /** RFC 3339. */
  readonly at: string;
  /** What it says when that is over. */
  readonly over: string;
}

export function Until({ at, over }: UntilProps) {
  const text = useClock((nowMs) => {
    const leftMs = Date.parse(at) - nowMs;
    return leftMs <= 0 ? over : `in ${formatSpan(leftMs)}`;
  });
  return (
    <time dateTime={at} title={formatDateTime(at)} className={text === over ? 'tone-bad' : undefined}>
      {text}
    </time>
  );
}
