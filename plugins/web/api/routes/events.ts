/** Lifecycle events: a page of them, or as they happen. */

import * as z from 'zod/mini';
import { EVENT_TYPES, type EventType } from '../../../../src/protocol/control/events.ts';
import { errorBody } from '../../../../src/protocol/errors.ts';
import { failure } from '../../../../src/protocol/result.ts';
import { isForAll, mayTouch } from '../../login/identity.ts';
import { EventWriter } from '../follow/event-writer.ts';
import type { Entry } from '../follow/feed.ts';
import { Follower } from '../follow/follower.ts';
import { Selector } from '../follow/selector.ts';
import { pluginIds } from '../plugin-ids.ts';
import { type Call, json, type Reply, type Route, refuse, route, SENT } from '../route.ts';
import { optional, pluginId, time, wholeText, yesOrNo } from '../schemas/basics.ts';
import { eventPageSchema } from '../schemas/stream.ts';
import { isStillKnown } from '../still-known.ts';

const DEFAULT_EVENTS = 100;
export const MAX_EVENTS = 1000;

const query = z.object({
  plugin: optional(pluginId),
  type: optional(z.enum(EVENT_TYPES)),
  since: optional(time),
  afterId: optional(wholeText),
  limit: optional(wholeText),
  follow: optional(yesOrNo),
});

type EventCall = Call<unknown, z.output<typeof query>, unknown>;

const read = route({
  name: 'event.read',
  method: 'get',
  path: '/events',
  does:
    'lifecycle events as server-sent events, those of before first (limit of them, or all behind afterId or Last-Event-ID); ' +
    'with follow=false, or where JSON is asked for, a page of them',
  tag: 'history',
  role: 'view',
  query,
  answers: { 200: { does: 'oldest first', schema: eventPageSchema } },
  problems: [404, 429, 503],
  handle: async (call) => {
    const limit = call.query.limit === undefined ? DEFAULT_EVENTS : Number(call.query.limit);
    if (limit > MAX_EVENTS) return refuse(errorBody('usage', `limit: must be at most ${MAX_EVENTS}`));
    const { plugin } = call.query;
    const names = await pluginIds(
      call.services.daemon,
      call.identity,
      plugin === undefined ? undefined : [plugin],
    );
    if (!names.ok) return refuse(names.failure);
    const accept = call.request.headers.accept ?? '';
    const asksForJson = accept.includes('application/json') && !accept.includes('text/event-stream');
    const isFollowed = call.query.follow === undefined ? !asksForJson : call.query.follow === 'true';
    return isFollowed && call.request.method !== 'HEAD'
      ? follow(call, limit, names.value)
      : page(call, limit, names.value);
  },
});

/** @param names of plugins; `*` alone for all, and torud itself */
function readParams({ type, since, afterId }: EventCall['query'], names: readonly string[]) {
  return {
    ...(names[0] === '*' ? {} : { names, all: false }),
    ...(type === undefined ? {} : { types: [type] as readonly EventType[] }),
    ...(since === undefined ? {} : { since }),
    ...(afterId === undefined ? {} : { afterId: Number(afterId) }),
  };
}

async function page(
  { query, services, identity }: EventCall,
  limit: number,
  names: readonly string[],
): Promise<Reply> {
  // No names would mean all of them.
  if (names.length === 0) return json({ events: [] });
  const feed = services.follow.eventFeed();
  const stream = await services.follow.read(() => feed.read({ ...readParams(query, names), limit }));
  const events: unknown[] = [];
  for await (const batch of stream.batches) {
    events.push(...batch.entries.filter((entry) => maySee(identity, entry)).map(({ facts }) => facts));
  }
  stream.close();
  const outcome = await stream.outcome;
  return outcome.ok ? json({ events }) : refuse(outcome.failure);
}

async function follow(call: EventCall, limit: number, names: readonly string[]): Promise<Reply> {
  const { services, query, identity, request, response } = call;
  const { follow: hub } = services;
  // Whether torud is there; who named plugins has been told.
  const known = await services.daemon.call('plugin.listCompact', { names: names.slice(0, 1) });
  if (!known.ok) return refuse(known.failure);
  const last = request.headers['last-event-id'];
  // Else an EventSource would come back with it for ever.
  if (last !== undefined && last !== '' && !/^\d{1,15}$/.test(String(last))) {
    return refuse(errorBody('usage', 'Last-Event-ID: is none of the ids that were sent here'));
  }
  const full = hub.enter(undefined, call.identity);
  if (full !== undefined) return failure(full);
  const writer = new EventWriter(response, () => isStillKnown(call), hub.closing);
  const feed = hub.eventFeed();
  const asked = [query.plugin ?? '*'];
  const selector = new Selector((entries) =>
    entries.filter((entry) => maySee(identity, entry) && isWanted(entry, query)),
  );
  const cursor = query.afterId ?? (typeof last === 'string' && last !== '' ? last : undefined);
  const follower = new Follower(
    {
      writer,
      tail: () => hub.tail(undefined),
      readHistory: () => hub.read(() => feed.read({ ...readParams(query, names), limit })),
      // Of a plugin that is gone by then, torud would not read on.
      readOn: (from) =>
        hub.read(() => feed.read({ ...readParams(query, asked), afterId: Number(from ?? 0) })),
      select: (batch) => selector.select(batch),
    },
    cursor === undefined ? 'history' : { cursor },
  );
  void follower.run().then((error) => {
    if (error !== undefined) writer.send('end', JSON.stringify({ error }));
    writer.end();
    hub.leave(call.identity);
  });
  return SENT;
}

function isWanted({ facts }: Entry, { plugin, type, since }: EventCall['query']): boolean {
  return (
    (plugin === undefined || facts.plugin === plugin) &&
    (type === undefined || facts.type === type) &&
    (since === undefined || Date.parse(String(facts.at)) >= Date.parse(since))
  );
}

/** What concerns torud itself is for whoever is for all plugins. */
function maySee(identity: EventCall['identity'], { facts }: Entry): boolean {
  return typeof facts.plugin === 'string' ? mayTouch(identity, facts.plugin) : isForAll(identity);
}

export const EVENT_ROUTES: readonly Route[] = [read];
