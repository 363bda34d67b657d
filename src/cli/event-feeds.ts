/** Lifecycle events and the audit as two feeds of one shape: read to their end and merged by time, or followed. */

import type { AuditEvent } from '../protocol/control/audit.ts';
import type { EventReadParams, PluginEvent } from '../protocol/control/events.ts';
import type { ErrorBody } from '../protocol/errors.ts';
import { failure, type Result, success } from '../protocol/result.ts';
import { follow } from './follow.ts';
import type { Session } from './session.ts';

/** What `toru events` shows: both have the same keys. */
export type Occurrence = PluginEvent | AuditEvent;

export type FeedName = 'event.read' | 'audit.read';

/** For both; the audit has no `types`. */
export type FeedParams = EventReadParams;

interface Page {
  readonly events: readonly Occurrence[];
  readonly isCut: boolean;
}

export interface Found {
  /** Oldest first. */
  readonly events: readonly Occurrence[];
  /** True when some were left out because they came too fast. */
  readonly isCut: boolean;
  /** Id of the newest of each feed; absent where there was none. */
  readonly lastIds: ReadonlyMap<FeedName, number>;
}

interface FeedSpec {
  readonly params: FeedParams;
  readonly resume: () => FeedParams;
  readonly isFinite?: boolean;
}

async function* pages(
  session: Session,
  feed: FeedName,
  spec: FeedSpec,
): AsyncGenerator<Page, Result<unknown, ErrorBody>, void> {
  if (feed === 'event.read') {
    const items = follow(session, { ...spec, method: feed });
    for (;;) {
      const step = await items.next();
      if (step.done === true) return step.value;
      yield { events: step.value.events, isCut: step.value.isCut === true };
    }
  }
  const resume = (): FeedParams => withoutTypes(spec.resume());
  const items = follow(session, { ...spec, method: feed, params: withoutTypes(spec.params), resume });
  for (;;) {
    const step = await items.next();
    if (step.done === true) return step.value;
    yield { events: step.value.entries, isCut: step.value.isCut === true };
  }
}

function withoutTypes({ types: _types, ...params }: FeedParams): FeedParams {
  return params;
}

/** What there is in the feeds, merged by time; of both together at most `params.limit`, the newest. */
export async function readFeeds(
  session: Session,
  feeds: readonly FeedName[],
  params: FeedParams,
): Promise<Result<Found, ErrorBody>> {
  const merged: Occurrence[] = [];
  const lastIds = new Map<FeedName, number>();
  let isCut = false;
  for (const feed of feeds) {
    const found: Occurrence[] = [];
    const limit = params.limit ?? Number.POSITIVE_INFINITY;
    const items = pages(session.quietly(), feed, {
      params,
      resume: () => resumed(params, found.at(-1)?.id, Math.max(0, limit - found.length)),
      isFinite: true,
    });
    for (;;) {
      const step = await items.next();
      if (step.done === true) {
        if (!step.value.ok) return failure(step.value.failure);
        break;
      }
      found.push(...step.value.events);
      isCut ||= step.value.isCut;
    }
    const newest = found.at(-1);
    if (newest !== undefined) lastIds.set(feed, newest.id);
    merged.push(...found);
  }
  if (feeds.length > 1) merged.sort(byTime);
  const events =
    params.limit === undefined ? merged : merged.slice(Math.max(0, merged.length - params.limit));
  return success({ events, isCut, lastIds });
}

/** RFC 3339 UTC with as many digits each: their order as text is their order in time. */
function byTime(left: Occurrence, right: Occurrence): number {
  return left.at < right.at ? -1 : left.at > right.at ? 1 : 0;
}

/** Those behind the ones that came, of which so many are still wanted. */
function resumed(params: FeedParams, lastId: number | undefined, left: number): FeedParams {
  if (lastId === undefined) return params;
  return { ...params, afterId: lastId, ...(Number.isFinite(left) ? { limit: left } : {}) };
}

/**
 * What is to come, and before that what `first` asks for. What was printed is never asked for again.
 * @param rest parameters behind the last one that came
 */
export async function followFeed(
  session: Session,
  feed: FeedName,
  first: FeedParams,
  rest: FeedParams,
  print: (events: readonly Occurrence[]) => Promise<void>,
): Promise<Result<unknown, ErrorBody>> {
  let lastId = first.afterId ?? 0;
  const items = pages(session, feed, {
    params: { ...first, follow: true },
    // Before the first one nothing is printed, so that what was asked for is asked for again.
    resume: () => (lastId === 0 ? { ...first, follow: true } : { ...rest, afterId: lastId, follow: true }),
  });
  for (;;) {
    const step = await items.next();
    if (step.done === true) return step.value;
    for (const event of step.value.events) lastId = Math.max(lastId, event.id);
    await print(step.value.events);
  }
}
