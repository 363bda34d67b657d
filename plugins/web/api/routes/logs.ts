/** A plugin's log: a page of it, or as it grows. */

import * as z from 'zod/mini';
import { LOG_LEVELS, type LogReadParams } from '../../../../src/protocol/control/logs.ts';
import { errorBody } from '../../../../src/protocol/errors.ts';
import { EventWriter } from '../follow/event-writer.ts';
import type { Entry } from '../follow/feed.ts';
import { Follower } from '../follow/follower.ts';
import { MAX_PATTERN_LENGTH, Pattern } from '../follow/pattern.ts';
import { Selector } from '../follow/selector.ts';
import { type Call, json, type Reply, type Route, refuse, route, SENT } from '../route.ts';
import { onePlugin, optional, time, wholeText, yesOrNo } from '../schemas/basics.ts';
import { logPageSchema } from '../schemas/stream.ts';
import { isStillKnown } from '../still-known.ts';

const DEFAULT_LINES = 200;
export const MAX_LINES = 10_000;
const MAX_CURSOR_LENGTH = 512;

const query = z.object({
  since: optional(time),
  until: optional(time),
  grep: optional(z.string().check(z.minLength(1), z.maxLength(MAX_PATTERN_LENGTH))),
  level: optional(z.enum(LOG_LEVELS)),
  stream: optional(z.enum(['stdout', 'stderr'])),
  run: optional(z.string().check(z.regex(/^-?\d{1,15}$/))),
  lines: optional(wholeText),
  cursor: optional(z.string().check(z.maxLength(MAX_CURSOR_LENGTH))),
  follow: optional(yesOrNo),
});

type LogCall = Call<z.output<typeof onePlugin>, z.output<typeof query>, unknown>;

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
    const { grep, lines, since, until } = call.query;
    const pattern = grep === undefined ? undefined : Pattern.parse(grep);
    if (pattern !== undefined && !pattern.ok) return refuse(errorBody('usage', `grep: ${pattern.failure}`));
    const count = lines === undefined ? DEFAULT_LINES : Number(lines);
    if (count > MAX_LINES) return refuse(errorBody('usage', `lines: must be at most ${MAX_LINES}`));
    if (since !== undefined && until !== undefined && Date.parse(until) < Date.parse(since)) {
      return refuse(errorBody('usage', 'until: is before since'));
    }
    if (call.query.follow !== 'true' || call.request.method === 'HEAD')
      return page(call, pattern?.value, count);
    if (until !== undefined) return refuse(errorBody('usage', 'until: does not go together with follow'));
    return follow(call, pattern?.value, count);
  },
});

/** What torud filters by itself. */
function readParams({ since, until, level, stream, run }: LogCall['query']): Omit<LogReadParams, 'names'> {
  return {
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(level === undefined ? {} : { level }),
    ...(stream === undefined ? {} : { stream }),
    ...(run === undefined ? {} : { run: Number(run) }),
  };
}

async function page(call: LogCall, pattern: Pattern | undefined, count: number): Promise<Reply> {
  const { services, params, query } = call;
  const feed = services.follow.logFeed(params.id);
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
  const { services, params, query, request, response } = call;
  const { follow: hub } = services;
  const feed = hub.logFeed(params.id);
  const known = await hub.newest(feed);
  if (!known.ok) return refuse(known.failure);
  if (!hub.enter(params.id)) return refuse(errorBody('busy', 'too many follow already'), { status: 503 });
  const filter = readParams(query);
  const last = request.headers['last-event-id'];
  const cursor =
    query.cursor ?? (typeof last === 'string' && last.length <= MAX_CURSOR_LENGTH ? last : undefined);
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
    hub.leave();
  });
  return SENT;
}

const TOO_SLOW = errorBody('usage', 'grep: this pattern takes too long', {
  hint: 'use one without nested repetitions',
});

/** The same filters as torud has, for lines as they come; undefined: everything is wanted. */
function chooserOf(
  { level, stream, run, since }: LogCall['query'],
  pattern: Pattern | undefined,
): ((entries: readonly Entry[]) => readonly Entry[]) | undefined {
  const hasPlain = [level, stream, run, since].some((one) => one !== undefined);
  if (!hasPlain && pattern === undefined) return undefined;
  const rank = level === undefined ? LOG_LEVELS.length : LOG_LEVELS.indexOf(level);
  const sinceMs = since === undefined ? 0 : Date.parse(since);
  const isWanted = ({ facts }: Entry): boolean =>
    LOG_LEVELS.indexOf(facts.level as (typeof LOG_LEVELS)[number]) <= rank &&
    (stream === undefined || facts.stream === stream) &&
    (run === undefined || Number(run) < 0 || facts.run === Number(run)) &&
    (sinceMs === 0 || Date.parse(String(facts.timestamp)) >= sinceMs);
  return (entries) => {
    const chosen = hasPlain ? entries.filter(isWanted) : entries;
    return pattern === undefined ? chosen : pattern.filter(chosen, messageOf);
  };
}

function messageOf({ facts }: Entry): string {
  return typeof facts.message === 'string' ? facts.message : '';
}

export const LOG_ROUTES: readonly Route[] = [read];
