/** What is to be done about a schedule now: a pure function of its settings, its memory and the wall clock. */

import type { ScheduleSettings } from '../base/config-schedules.ts';
import type { ScheduleRecord } from '../store/schedule-store.ts';

/** A moment that a running torud looks at later than this, jitter not counted, was missed: the machine was asleep, or its clock set. */
export const LATE_MS = 60_000;
/** One that passed while torud was away was missed, as with cron(8); an upgrade or a restart in its second takes less than this. */
export const AWAY_MS = 5_000;
/** Missed moments that are counted at one look; a schedule of every minute has as many in 17 hours. */
export const MAX_MISSED = 1_000;

/**
 * A memory that is this far ahead of the clock holds all the same: time servers set clocks back by seconds. Further
 * ahead means that somebody set the clock back. Then times of day do not come again if they were run, for two days, so
 * that nothing is done twice; what goes by real time goes on at once, so that nothing waits for a day. A memory that
 * is still further ahead is that of a wrong clock.
 */
const HELD_MS = 5 * 60_000;
const HELD_FIXED_MS = 48 * 3_600_000;

export type Verdict =
  /** Nothing is due before `at`; undefined: never. */
  | { readonly kind: 'wait'; readonly at: number | undefined; readonly lookedAt: number }
  /** `count` moments up to `lookedAt`, the newest of them, were missed and are left out. */
  | { readonly kind: 'missed'; readonly count: number; readonly lookedAt: number }
  /** The moment `dueAt` is to be run now. */
  | { readonly kind: 'run'; readonly dueAt: number; readonly isCatchUp: boolean };

type Timing = Pick<ScheduleSettings, 'times' | 'catchUp' | 'jitterMs'>;

interface LookMemory extends Pick<ScheduleRecord, 'lookedAt' | 'lastDueAt'> {
  /** From where moments count since the clock was set back; undefined when it was not. */
  readonly floor: number | undefined;
}

export interface Memory extends LookMemory {
  /** When this torud began: what was due before passed while none was there. */
  readonly presentSince: number;
  /** The moment that the torud before had begun to run when it died; undefined: none. */
  readonly owed: number | undefined;
}

/**
 * @param memory what is remembered of it
 * @param delayOf jitter of a moment in milliseconds; always the same for the same moment
 */
export function judge(
  { times, catchUp, jitterMs }: Timing,
  memory: Memory,
  nowMs: number,
  delayOf: (dueAt: number) => number,
): Verdict {
  const lookedAt = dealtWith(memory, nowMs, times.isFixed);
  const [first] = times.next(lookedAt, 1);
  const firstAt = first === undefined ? undefined : first + delayOf(first);
  if (first === undefined || firstAt === undefined || firstAt > nowMs)
    return { kind: 'wait', at: firstAt, lookedAt };
  const isLate = (dueAt: number): boolean => {
    const plannedAt = dueAt + delayOf(dueAt);
    const isWitnessed = plannedAt >= memory.presentSince || dueAt === memory.owed;
    return isWitnessed ? nowMs - dueAt > jitterMs + LATE_MS : nowMs - plannedAt > AWAY_MS;
  };
  if (!isLate(first)) return { kind: 'run', dueAt: first, isCatchUp: false };
  const due = times.last(nowMs + 1, lookedAt, MAX_MISSED);
  const late = due.filter(isLate);
  const newest = late[0] ?? first;
  // A moment that is not late does for those before it.
  const isOnlyLate = late.length === due.length;
  return catchUp === 'once' && isOnlyLate
    ? { kind: 'run', dueAt: newest, isCatchUp: true }
    : { kind: 'missed', count: Math.max(1, late.length), lookedAt: newest };
}

/**
 * Up to where moments have been dealt with, also after the clock was set back. What was remembered before that holds
 * again once the clock has passed it: a machine without a clock of its own boots in 1970, until it has asked others.
 */
export function dealtWith(
  { lookedAt, lastDueAt, floor }: LookMemory,
  nowMs: number,
  isFixed: boolean,
): number {
  if (lookedAt - nowMs <= HELD_MS) return lookedAt;
  const isHeld = isFixed && lastDueAt !== null && lastDueAt > nowMs && lastDueAt - nowMs <= HELD_FIXED_MS;
  if (isHeld) return lastDueAt;
  return floor !== undefined && floor - nowMs <= HELD_MS ? floor : nowMs;
}
