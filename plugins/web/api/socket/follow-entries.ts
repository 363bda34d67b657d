/** Subscriptions to logs and events: what was first, then what comes, each with a cursor to come back with. */

import { type ErrorBody, errorBody } from '../../../../src/protocol/errors.ts';
import { type Identity, mayTouch } from '../../login/identity.ts';
import type { Entry } from '../follow/feed.ts';
import { Follower } from '../follow/follower.ts';
import type { FollowHub } from '../follow/hub.ts';
import { Selector } from '../follow/selector.ts';
import { EntrySink } from './entry-sink.ts';
import type { EventsWanted, LogsWanted } from './message.ts';
import type { Subscription } from './subscription.ts';

const DEFAULT_LINES = 200;
const DEFAULT_EVENTS = 100;

const TOO_MANY = errorBody('busy', 'too many follow already');
const OUTSIDE = errorBody('denied', 'this token is not for that');

/** Serves until the subscription is closed. Undefined, or why there is nothing (more) to follow. */
export async function followLogs(
  { plugin, cursor, lines = DEFAULT_LINES }: LogsWanted,
  hub: FollowHub,
  identity: Identity,
  subscription: Subscription,
): Promise<ErrorBody | undefined> {
  if (!mayTouch(identity, plugin)) return OUTSIDE;
  if (!hub.enter(plugin)) return TOO_MANY;
  try {
    const feed = hub.logFeed(plugin);
    const known = await hub.newest(feed);
    if (!known.ok) return known.failure;
    subscription.send('subscribed');
    const start = lines === 0 ? { cursor: known.value?.cursor } : 'history';
    return await new Follower(
      {
        writer: new EntrySink(subscription, 'lines'),
        tail: () => hub.tail(plugin),
        readHistory: () => hub.read(() => feed.read({ lines })),
        readOn: (from) => hub.read(() => feed.read(from === undefined ? {} : { cursor: from })),
        select: (batch) => batch.entries,
      },
      cursor === undefined ? start : { cursor },
    ).run();
  } finally {
    hub.leave();
  }
}

/** As followLogs. What concerns torud itself is for everybody. */
export async function followEvents(
  { plugin, cursor, limit = DEFAULT_EVENTS }: EventsWanted,
  hub: FollowHub,
  identity: Identity,
  subscription: Subscription,
): Promise<ErrorBody | undefined> {
  if (plugin !== undefined && !mayTouch(identity, plugin)) return OUTSIDE;
  if (!hub.enter(undefined)) return TOO_MANY;
  try {
    const feed = hub.eventFeed();
    const filter = plugin === undefined ? {} : { names: [plugin], all: false };
    const isWanted = ({ facts }: Entry): boolean =>
      plugin === undefined
        ? typeof facts.plugin !== 'string' || mayTouch(identity, facts.plugin)
        : facts.plugin === plugin;
    const selector = new Selector((entries) => entries.filter(isWanted));
    subscription.send('subscribed');
    return await new Follower(
      {
        writer: new EntrySink(subscription, 'events'),
        tail: () => hub.tail(undefined),
        readHistory: () => hub.read(() => feed.read({ ...filter, limit })),
        readOn: (from) => hub.read(() => feed.read({ ...filter, afterId: Number(from ?? 0) })),
        select: (batch) => selector.select(batch),
      },
      cursor === undefined ? 'history' : { cursor },
    ).run();
  } finally {
    hub.leave();
  }
}
