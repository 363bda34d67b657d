/** The kept hour as columns for a reader, with as many points as it wants. */

import type { SystemHistory } from '../../../protocol/control/system.ts';
import { formatTime } from '../../base/clock.ts';
import { CHANNELS, type Channel, type HostRing } from './host-ring.ts';
import { STEP_MS } from './host-sampler.ts';

export interface KeptSamples {
  readonly ring: Pick<HostRing, 'first' | 'last' | 'mean'>;
  /** Wall clock of a slot, in milliseconds since 1970. */
  wallMsOf(slot: number): number;
}

/**
 * The newest `historyMs`, or what there is of them. Neighbours are averaged so that there are at most `points`; which ones
 * belong together is the same at each time of asking, so that a plot that is drawn again does not flicker.
 */
export function readHistory(
  { ring, wallMsOf }: KeptSamples,
  historyMs: number,
  points: number,
): SystemHistory {
  const wanted = Math.ceil(historyMs / STEP_MS);
  const from = Math.max(ring.first, ring.last + 1 - wanted);
  const count = ring.last + 1 - from;
  const width = widthFor(count, points);
  // A single point is the mean of all.
  const start = points === 1 ? from : from - (from % width);
  const starts: number[] = [];
  for (let slot = start; slot <= ring.last; slot += width) starts.push(slot);
  const column = (channel: Channel): readonly (number | null)[] =>
    starts.map((slot) => rounded(channel, ring.mean(channel, Math.max(slot, from), slot + width)));
  const columns = Object.fromEntries(CHANNELS.map((channel) => [channel, column(channel)])) as Record<
    Channel,
    readonly (number | null)[]
  >;
  return { from: formatTime(wallMsOf(start)), stepMs: width * STEP_MS, ...columns };
}

/** Slots a point: groups that begin at multiples of it number at most `points`, wherever the first slot lies. */
function widthFor(count: number, points: number): number {
  if (count <= points) return 1;
  return points === 1 ? count : Math.ceil((count - 1) / (points - 1));
}

/** What more there is comes of single precision. */
function rounded(channel: Channel, value: number | null): number | null {
  if (value === null) return null;
  const scale = channel.endsWith('Rate') ? 1 : channel === 'load' ? 100 : 10;
  return Math.round(value * scale) / scale;
}
