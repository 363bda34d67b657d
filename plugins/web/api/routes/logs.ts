/** A plugin's log: a page of it, or as it grows. */

import * as z from 'zod/mini';
import { LOG_LEVELS } from '../../../../src/protocol/control/logs.ts';
import { type ErrorBody, errorBody } from '../../../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../../../src/protocol/result.ts';
import { EventWriter } from '../follow/event-writer.ts';
import { Follower } from '../follow/follower.ts';
import type { FollowHub } from '../follow/hub.ts';
import { chooserOf, messageOf, readParams, TOO_SLOW } from '../follow/line-filter.ts';
import type { LogFeed } from '../follow/log-feed.ts';
import { followMergedLogs, MAX_MERGED_CURSOR } from '../follow/merged-logs.ts';
import { MAX_PATTERN_LENGTH, Pattern } from '../follow/pattern.ts';
import { Selector } from '../follow/selector.ts';
import { pluginIds } from '../plugin-ids.ts';
import { type Call, json, type Reply, type Route, refuse, route, SENT } from '../route.ts';
import { onePlugin, optional, pluginIdList, time, wholeText, yesOrNo } from '../schemas/basics.ts';
import { logPageSchema } from '../schemas/stream.ts';
import { isStillKnown } from '../still-known.ts';

const DEFAULT_LINES = 200;
export const MAX_LINES = 10_000;
const MAX_CURSOR_LENGTH = 512;

const filters = {
  since: optional(time),
  until: optional(time),
  grep: optional(z.string().check(z.minLength(1), z.maxLength(MAX_PATTERN_LENGTH))),
  level: optional(z.enum(LOG_LEVELS)),
  stream: optional(z.enum(['stdout', 'stderr'])),
  run: optional(z.string().check(z.regex(/^-?\d{1,15}$/))),
  lines: optional(wholeText),
  cursor: optional(z.string().check(z.maxLength(MAX_CURSOR_LENGTH))),
  follow: optional(yesOrNo),
};
const query = z.object(filters);
const mergedQuery = z.object({
  ...filters,
  cursor: optional(z.string().check(z.maxLength(MAX_MERGED_CURSOR))),
  plugins: optional(pluginIdList),
});

type LogCall = Call<z.output<typeof onePlugin>, z.output<typeof query>, unknown>;
type AnyLogCall = Call<unknown, z.output<typeof query>, unknown>;

const read = route({
  name: 'log.read',
  method: 'get',
  path: '/plugins/:id/logs',
  does:
    "a plugin's log: the newest lines, or with follow=true server-sent events of one line each, history first; " +
    'grep is a regular expression over messages',
  tag: 'history',
  role: 'view',
  params: onePlugin,
  query,
  answers: { 200: { does: 'oldest first', schema: logPageSchema } },
  problems: [404, 429, 503],
  handle: async (call) => {
    const wanted = wantedOf(call);
    if (!wanted.ok) return refuse(wanted.failure);
    const { pattern, count, isFollowed } = wanted.value;
    return isFollowed
      ? follow(call, pattern, count)
      : page(call, call.services.follow.logFeed(call.params.id), pattern, count);
  },
});

const merged = route({
  name: 'log.readAll',
  method: 'get',
  path: '/logs',
  does:
    'the logs of several plugins (their ids with commas between; all unless they are named), merged by time; else as the log ' +
    'of one plugin',
  tag: 'history',
  role: 'view',
  query: mergedQuery,
  answers: { 200: { does: 'oldest first', schema: logPageSchema } },
  problems: [404, 429, 503],
  handle: async (call) => {
    const wanted = wantedOf(call);
    if (!wanted.ok) return refuse(wanted.failure);
    const named = call.query.plugins?.split(',');
    const ids = await pluginIds(call.services.daemon, call.identity, named);
    if (!ids.ok) return refuse(ids.failure);
    const { pattern, count, isFollowed } = wanted.value;
    if (ids.value.length === 0 && !isFollowed) return json({ lines: [], cursor: null });
    return isFollowed
      ? followMerged(call, ids.value, pattern, count)
      : page(call, call.services.follow.logFeed(...ids.value), pattern, count);
  },
});

interface Wanted {
  readonly pattern: Pattern | undefined;
  readonly count: number;
  readonly isFollowed: boolean;
}

function wantedOf({ query, request }: AnyLogCall): Result<Wanted, ErrorBody> {
  const { grep, lines, since, until } = query;
  const pattern = grep === undefined ? undefined : Pattern.parse(grep);
  if (pattern !== undefined && !pattern.ok) return usage(`grep: ${pattern.failure}`);
  const count = lines === undefined ? DEFAULT_LINES : Number(lines);
  if (count > MAX_LINES) return usage(`lines: must be at most ${MAX_LINES}`);
  if (since !== undefined && until !== undefined && Date.parse(until) < Date.parse(since)) {
    return usage('until: is before since');
  }
  const isFollowed = query.follow === 'true' && request.method !== 'HEAD';
  if (isFollowed && until !== undefined) return usage('until: does not go together with follow');
  return success({ pattern: pattern?.value, count, isFollowed });
}

function usage(message: string): Result<never, ErrorBody> {
  return failure(errorBody('usage', message));
}

async function page(
  call: AnyLogCall,
  feed: LogFeed,
  pattern: Pattern | undefined,
  count: number,
): Promise<Reply> {
  const { services, query } = call;
  const from = query.cursor === undefined ? {} : { cursor: query.cursor };
  const limit = pattern === undefined && query.cursor === undefined ? { lines: count } : {};
  const stream = await services.follow.read(() => feed.read({ ...readParams(query), ...from, ...limit }));
  const onClose = (): void => stream.close();
  call.response.once('close', onClose);
  let lines: unknown[] = [];
  let cursor: string | null = query.cursor ?? null;
  for await (const batch of stream.batches) {
    const chosen = pattern === undefined ? batch.entries : pattern.filter(batch.entries, messageOf);
    lines.push(...chosen.map(({ facts }) => facts));
    cursor = batch.cursor;
    // From a cursor a page goes forward and ends when it is full; else it is the newest that count.
    if (query.cursor !== undefined && lines.length >= count) break;
    if (lines.length > 2 * count) lines = lines.slice(-count);
  }
  const isCut = query.cursor !== undefined && lines.length >= count;
  stream.close();
  call.response.removeListener('close', onClose);
  const outcome = await stream.outcome;
  if (!outcome.ok && !isCut) return refuse(outcome.failure);
  if (pattern?.isTooSlow === true) return refuse(TOO_SLOW);
  return json({
    lines: query.cursor === undefined ? (count === 0 ? [] : lines.slice(-count)) : lines,
    cursor,
  });
}

async function follow(call: LogCall, pattern: Pattern | undefined, count: number): Promise<Reply> {
  const { services, params, query, response } = call;
  const { follow: hub } = services;
  const feed = hub.logFeed(params.id);
  const known = await hub.newest(feed);
  if (!known.ok) return refuse(known.failure);
  const cursor = cursorOf(call, MAX_CURSOR_LENGTH);
  const fault = await cursorFault(hub, feed, cursor);
  if (fault !== undefined) return refuse(fault);
  const full = hub.enter(params.id, call.identity);
  if (full !== undefined) return failure(full);
  const filter = readParams(query);
  const writer = new EventWriter(response, () => isStillKnown(call), hub.closing);
  const selector = new Selector(chooserOf(query, pattern));
  const follower = new Follower(
    {
      writer,
      tail: () => hub.tail(params.id),
      // A pattern is not torud's: with one the history is all that is kept.
      readHistory: () =>
        hub.read(() => feed.read({ ...filter, ...(pattern === undefined ? { lines: count } : {}) })),
      readOn: (from) =>
        hub.read(() => feed.read({ ...filter, ...(from === undefined ? {} : { cursor: from }) })),
      select: (batch) => selector.select(batch),
      fault: () => (pattern?.isTooSlow === true ? TOO_SLOW : undefined),
    },
    cursor !== undefined ? { cursor } : count === 0 ? { cursor: known.value?.cursor } : 'history',
  );
  void follower.run().then((error) => {
    if (error !== undefined) writer.send('end', JSON.stringify({ error }));
    writer.end();
    hub.leave(call.identity);
  });
  return SENT;
}

/** Nobody else follows the same: the stream is this client's own. */
async function followMerged(
  call: AnyLogCall,
  plugins: readonly string[],
  pattern: Pattern | undefined,
  count: number,
): Promise<Reply> {
  const { services, query, response } = call;
  const { follow: hub } = services;
  const cursor = cursorOf(call, MAX_MERGED_CURSOR);
  const fault = plugins.length === 0 ? undefined : await cursorFault(hub, hub.logFeed(...plugins), cursor);
  if (fault !== undefined) return refuse(fault);
  const full = hub.enterOwn(call.identity);
  if (full !== undefined) return failure(full);
  const writer = new EventWriter(response, () => isStillKnown(call), hub.closing);
  void followMergedLogs({ hub, plugins, filter: query, pattern, lines: count, cursor, sink: writer })
    .then((ended) => {
      if (!ended.ok) writer.send('end', JSON.stringify({ error: ended.failure }));
    })
    .finally(() => {
      writer.end();
      hub.leaveOwn(call.identity);
    });
  return SENT;
}

/** Where somebody goes on who was here before. */
function cursorOf({ query, request }: AnyLogCall, maxLength: number): string | undefined {
  const last = request.headers['last-event-id'];
  const isUsable = typeof last === 'string' && last !== '' && last.length <= maxLength;
  return query.cursor ?? (isUsable ? last : undefined);
}

/** Before the answer begins: one that ends at once would have an EventSource come back with the same for ever. */
async function cursorFault(
  hub: FollowHub,
  feed: LogFeed,
  cursor: string | undefined,
): Promise<ErrorBody | undefined> {
  if (cursor === undefined) return undefined;
  const stream = await hub.read(() => feed.read({ cursor, lines: 0 }));
  for await (const _ of stream.batches) break;
  stream.close();
  const outcome = await stream.outcome;
  return outcome.ok || outcome.failure.code !== 'usage' ? undefined : outcome.failure;
}

export const LOG_ROUTES: readonly Route[] = [read, merged];
