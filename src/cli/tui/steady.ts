/** Figures that stand still while nothing happens: jitter of an idle machine must not move a sign on the screen. Pure. */

import type { HostUsage } from '../../protocol/control/plugins.ts';

/** Figures of the machine as they are shown, and since when. */
export interface SteadyHost extends HostUsage {
  /** Monotonic. */
  readonly shownSinceMs: number;
}

/** A small change waits so long, that a machine at rest does not tell of itself again and again. */
const PATIENCE_MS = 60_000;
/** So many samples in a row that are alike are no jitter. */
const SETTLED_SAMPLES = 3;

/** @param nowMs monotonic */
export function steadyHost(shown: SteadyHost | undefined, next: HostUsage, nowMs: number): SteadyHost {
  if (shown === undefined) return { ...next, shownSinceMs: nowMs };
  const isOld = nowMs - shown.shownSinceMs >= PATIENCE_MS;
  const loadStep = isOld ? Math.max(0.3, 0.1 * shown.load) : Math.max(0.75, 0.5 * shown.load);
  const memoryStep = (isOld ? 0.02 : 0.05) * next.memoryTotalBytes;
  const isMoved =
    Math.abs(next.load - shown.load) >= loadStep ||
    Math.abs(next.memoryUsedBytes - shown.memoryUsedBytes) >= memoryStep ||
    next.memoryTotalBytes !== shown.memoryTotalBytes ||
    isCpuMoved(shown.cpuPercent, next.cpuPercent, isOld) ||
    JSON.stringify(next.fullDisks) !== JSON.stringify(shown.fullDisks);
  return isMoved ? { ...next, shownSinceMs: nowMs } : shown;
}

/** In percent of the machine. */
function isCpuMoved(shown: number | null = null, next: number | null = null, isOld: boolean): boolean {
  if (shown === null || next === null) return shown !== next;
  return Math.abs(next - shown) >= Math.max(isOld ? 3 : 10, 0.25 * shown);
}

/** What stands in the column of processor time, in percent of a core. @param history the newest last */
export function steadyCpu(
  shown: number | null | undefined,
  next: number | null,
  history: readonly number[],
): number | null {
  if (shown === null || shown === undefined || next === null) return next;
  const isFar = Math.abs(next - shown) >= Math.max(0.3, 0.1 * shown);
  return isFar || isSettled(next, history, 0.05) ? next : shown;
}

/** What stands in the column of memory, in bytes. @param history the newest last */
export function steadyMemory(
  shown: number | null | undefined,
  next: number | null,
  history: readonly number[],
): number | null {
  if (shown === null || shown === undefined || next === null) return next;
  const isFar = Math.abs(next - shown) >= 0.01 * shown;
  return isFar || isSettled(next, history, 4096) ? next : shown;
}

function isSettled(next: number, history: readonly number[], within: number): boolean {
  const last = history.slice(-SETTLED_SAMPLES);
  return last.length === SETTLED_SAMPLES && last.every((one) => Math.abs(one - next) <= within);
}
