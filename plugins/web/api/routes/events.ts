/** Lifecycle events: a page of them, or as they happen. */

import * as z from 'zod/mini';
import { EVENT_TYPES, type EventType } from '../../../../src/protocol/control/events.ts';
import { errorBody } from '../../../../src/protocol/errors.ts';
import { mayTouch } from '../../login/identity.ts';
import { EventWriter } from '../follow/event-writer.ts';
import type { Entry } from '../follow/feed.ts';
import { Follower } from '../follow/follower.ts';
import { Selector } from '../follow/selector.ts';
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
    const accept = call.request.headers.accept ?? '';
    const asksForJson = accept.includes('application/json') && !accept.includes('text/event-stream');
    const isFollowed = call.query.follow === undefined ? !asksForJson : call.query.follow === 'true';
    return isFollowed && call.request.method !== 'HEAD' ? follow(call, limit) : page(call, limit);
  },
});

function readParams({ plugin, type, since, afterId }: EventCall['query']) {
  return {
    ...(plugin === undefined ? {} : { names: [plugin], all: false }),
    ...(type === undefined ? {} : { types: [type] as readonly EventType[] }),
    ...(since === undefined ? {} : { since }),
    ...(afterId === undefined ? {} : { afterId: Number(afterId) }),
  };
}

async function page({ query, services, identity }: EventCall, limit: number): Promise<Reply> {
  const feed = services.follow.eventFeed();
  const stream = await services.follow.read(() => feed.read({ ...readParams(query), limit }));
  const events: unknown[] = [];
  for await (const batch of stream.batches) {
    events.push(...batch.entries.filter((entry) => maySee(identity, entry)).map(({ facts }) => facts));
  }
  stream.close();
  const outcome = await stream.outcome;
  return outcome.ok ? json({ events }) : refuse(outcome.failure);
}

async function follow(call: EventCall, limit: number): Promise<Reply> {
  const { services, query, identity, request, response } = call;
  const { follow: hub } = services;
  const known = await services.daemon.call(
    'plugin.listCompact',
    query.plugin === undefined ? {} : { names: [query.plugin] },
  );
  if (!known.ok) return refuse(known.failure);
  const [missing] = known.value.errors;
  if (missing !== undefined) return refuse(missing);
  if (!hub.enter(undefined)) return refuse(errorBody('busy', 'too many follow already'), { status: 503 });
  const writer = new EventWriter(response, () => isStillKnown(call), hub.closing);
  const feed = hub.eventFeed();
  const selector = new Selector((entries) =>
    entries.filter((entry) => maySee(identity, entry) && isWanted(entry, query)),
  );
  const last = request.headers['last-event-id'];
  const cursor = query.afterId ?? (typeof last === 'string' && /^\d{1,15}$/.test(last) ? last : undefined);
  const follower = new Follower(
    {
      writer,
      tail: () => hub.tail(undefined),
      readHistory: () => hub.read(() => feed.read({ ...readParams(query), limit })),
      readOn: (from) => hub.read(() => feed.read({ ...readParams(query), afterId: Number(from ?? 0) })),
      select: (batch) => selector.select(batch),
    },
    cursor === undefined ? 'history' : { cursor },
  );
  void follower.run().then((error) => {
    if (error !== undefined) writer.send('end', JSON.stringify({ error }));
    writer.end();
    hub.leave();
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

/** What concerns torud itself is for everybody. */
function maySee(identity: EventCall['identity'], { facts }: Entry): boolean {
  return typeof facts.plugin !== 'string' || mayTouch(identity, facts.plugin);
}

export const EVENT_ROUTES: readonly Route[] = [read];
