/** Events and audit as two feeds of one time line: pages of the past, and what comes. Pure. */

import type { AuditItem } from '../../../../protocol/control/audit.ts';
import type { EventItem, EventType } from '../../../../protocol/control/events.ts';
import type { ErrorBody } from '../../../../protocol/errors.ts';
import type { FeedName, Occurrence } from '../../../event-feeds.ts';

export interface Feed {
  /** Oldest first, by id, each once. */
  readonly rows: readonly Occurrence[];
  /** A page of the past is under way. */
  readonly isAsking: boolean;
  /** There is nothing before the first row. */
  readonly isWhole: boolean;
  /** True once the first page has come. */
  readonly isLoaded: boolean;
  /** Rows that came so far with the page that is under way. */
  readonly pageRows: number;
  /** torud has left some out, because they came too fast or are deleted already. */
  readonly isCut: boolean;
  readonly failure: ErrorBody | undefined;
}

export const FEED_NAMES: readonly FeedName[] = ['event.read', 'audit.read'];
/** Rows of one page of the past. */
export const PAGE = 500;
/** Rows of a feed that are held while somebody follows; what is older is asked for again. */
export const MAX_ROWS = 5_000;
/** Somebody who reads the past must not lose it under their eyes, but for this. */
const MAX_READ_ROWS = 4 * MAX_ROWS;

export const NEW_FEED: Feed = {
  rows: [],
  isAsking: true,
  isWhole: false,
  isLoaded: false,
  pageRows: 0,
  isCut: false,
  failure: undefined,
};

/** What is shown of both; `types` goes to torud, so that the past is searched there. */
export interface Kind {
  readonly word: string;
  readonly feeds: readonly FeedName[];
  readonly types?: readonly EventType[];
  /** For `--type`. */
  readonly option: string | undefined;
}

const LIFE: readonly EventType[] = ['started', 'ready', 'stopped', 'exited', 'killed', 'restarting'];
const CRASHES: readonly EventType[] = ['crashed', 'gave-up'];
const CHANGES: readonly EventType[] = ['enabled', 'disabled', 'installed', 'removed', 'changed', 'adopted'];

/** In the order of their keys, 1 to 6. */
export const KINDS: readonly [Kind, ...Kind[]] = [
  { word: 'all', feeds: FEED_NAMES, option: 'all' },
  { word: 'events', feeds: ['event.read'], option: undefined },
  { word: 'audit', feeds: ['audit.read'], option: 'audit' },
  { word: 'crashes', feeds: ['event.read'], types: CRASHES, option: CRASHES.join(',') },
  { word: 'starts and stops', feeds: ['event.read'], types: LIFE, option: LIFE.join(',') },
  { word: 'changes', feeds: ['event.read'], types: CHANGES, option: CHANGES.join(',') },
];

/** The kind that `--type` with these words shows; undefined: none does. */
export function kindOfTypes(types: readonly string[]): Kind | undefined {
  const wanted = [...new Set(types)].sort().join(',');
  return KINDS.find(({ option = '' }) => option.split(',').sort().join(',') === wanted);
}

export function rowsOfItem(feed: FeedName, item: unknown): { rows: readonly Occurrence[]; isCut: boolean } {
  if (feed === 'event.read') {
    const { events, isCut } = item as EventItem;
    return { rows: events, isCut: isCut === true };
  }
  const { entries, isCut } = item as AuditItem;
  return { rows: entries, isCut: isCut === true };
}

/** @param isReading somebody looks at the past */
export function withRows(feed: Feed, rows: readonly Occurrence[], isReading: boolean): Feed {
  const [first] = rows;
  if (first === undefined) return feed;
  const newest = feed.rows.at(-1)?.id ?? 0;
  const all = first.id > newest ? [...feed.rows, ...rows] : byId([...feed.rows, ...rows]);
  const most = isReading ? MAX_READ_ROWS : MAX_ROWS;
  if (all.length <= most) return { ...feed, rows: all };
  return { ...feed, rows: all.slice(all.length - most), isWhole: false };
}

/** A page that came twice, since torud went away in between, is one. */
function byId(rows: readonly Occurrence[]): readonly Occurrence[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()].sort((one, other) => one.id - other.id);
}

export interface Keyed {
  readonly key: string;
  readonly row: Occurrence;
}

/**
 * Both merged by time, oldest first. Before the oldest row of a feed that goes further back nothing is shown: what
 * happened there is known of the other feed alone.
 */
export function merged(
  feeds: Readonly<Record<FeedName, Feed>>,
  names: readonly FeedName[],
): readonly Keyed[] {
  const horizon = horizonOf(feeds, names);
  const rows = names.flatMap((name) =>
    feeds[name].rows
      .filter(({ at }) => at >= horizon)
      .map((row) => ({ key: `${name === 'audit.read' ? 'a' : 'e'}${row.id}`, row })),
  );
  return names.length === 1 ? rows : rows.sort(byTime);
}

/** RFC 3339 UTC with as many digits each: their order as text is their order in time. */
function byTime(left: Keyed, right: Keyed): number {
  return left.row.at < right.row.at ? -1 : left.row.at > right.row.at ? 1 : 0;
}

function horizonOf(feeds: Readonly<Record<FeedName, Feed>>, names: readonly FeedName[]): string {
  const oldest = names.map((name) => (isBounded(feeds[name]) ? (feeds[name].rows[0]?.at ?? '') : ''));
  return oldest.reduce((last, at) => (at > last ? at : last), '');
}

/** True when there is more before its first row. */
function isBounded(feed: Feed): boolean {
  return feed.isLoaded && !feed.isWhole && feed.failure === undefined;
}

/** The feeds whose past must be asked for before anything older can be shown. */
export function boundingFeeds(
  feeds: Readonly<Record<FeedName, Feed>>,
  names: readonly FeedName[],
): readonly FeedName[] {
  const horizon = horizonOf(feeds, names);
  return names.filter((name) => {
    const feed = feeds[name];
    return (
      isBounded(feed) && !feed.isAsking && feed.rows.length < MAX_READ_ROWS && feed.rows[0]?.at === horizon
    );
  });
}
