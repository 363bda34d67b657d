/** The crashes that were asked for so far, newest first; older ones come page by page. Pure. */

import type { CrashSummary } from '../../../../protocol/control/crashes.ts';
import type { ErrorBody } from '../../../../protocol/errors.ts';

/** Crashes that one question asks for: the newest when something has crashed, a page of older ones, and on the way to the end. */
export const FRESH = 100;
export const PAGE = 500;
export const LEAP = 2_000;
/** As many as are held; older ones are for "toru crashes --since". */
export const MAX_HELD = 50_000;

export interface OlderAsked {
  readonly beforeId: number;
  readonly limit: number;
}

export interface CrashPages {
  /** Newest first, each once. */
  readonly crashes: readonly CrashSummary[];
  /** Something was answered. */
  readonly isLoaded: boolean;
  /** There are none behind the last one, or no more are held. */
  readonly isWhole: boolean;
  readonly isAskingNewest: boolean;
  /** What older ones were asked for; undefined: none are awaited. */
  readonly asked: OlderAsked | undefined;
  /** Something has crashed since the newest ones were asked for. */
  readonly isStale: boolean;
  readonly failure: ErrorBody | undefined;
}

export const NO_PAGES: CrashPages = {
  crashes: [],
  isLoaded: false,
  isWhole: false,
  isAskingNewest: false,
  asked: undefined,
  isStale: false,
  failure: undefined,
};

/** The answer to "the newest `limit`". What lies within its range and is missing in it was removed meanwhile. */
export function withNewest(pages: CrashPages, found: readonly CrashSummary[], limit: number): CrashPages {
  const next = { ...pages, isLoaded: true, isAskingNewest: false, failure: undefined };
  const oldest = found.at(-1);
  const [known] = pages.crashes;
  if (oldest === undefined || found.length < limit) return { ...next, crashes: found, isWhole: true };
  // More new ones than were asked for: between these and the known ones would be a gap.
  if (known === undefined || oldest.id > known.id) return { ...next, crashes: found, isWhole: false };
  const older = pages.crashes.filter(({ id }) => id < oldest.id);
  return held({ ...next, crashes: [...found, ...older] });
}

/** The answer to what was `asked`. */
export function withOlder(pages: CrashPages, found: readonly CrashSummary[]): CrashPages {
  const { asked, crashes } = pages;
  const next = { ...pages, asked: undefined, failure: undefined };
  const last = crashes.at(-1);
  // The row was begun anew meanwhile: these do not follow on it.
  if (asked === undefined || last?.id !== asked.beforeId) return next;
  const older = found.filter(({ id }) => id < asked.beforeId);
  const isWhole = older.length === 0 || found.length < asked.limit;
  return held({ ...next, crashes: [...crashes, ...older], isWhole });
}

function held(pages: CrashPages): CrashPages {
  if (pages.crashes.length < MAX_HELD) return pages;
  return { ...pages, crashes: pages.crashes.slice(0, MAX_HELD), isWhole: true };
}

/** The crash of the same plugin before this one, among those that are held. */
export function crashBefore(
  pages: CrashPages,
  crash: Pick<CrashSummary, 'id' | 'plugin'>,
): CrashSummary | undefined {
  return pages.crashes.find(({ id, plugin }) => id < crash.id && plugin === crash.plugin);
}
