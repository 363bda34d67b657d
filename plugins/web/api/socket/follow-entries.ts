/** Subscriptions to logs and events: what was first, then what comes, each with a cursor to come back with. */

import type { ErrorBody } from '../../../../src/protocol/errors.ts';
import { type Identity, mayTouch } from '../../login/identity.ts';
import type { Daemon } from '../../server/daemon.ts';
import type { Entry } from '../follow/feed.ts';
import { Follower } from '../follow/follower.ts';
import type { FollowHub } from '../follow/hub.ts';
import { chooserOf } from '../follow/line-filter.ts';
import { followMergedLogs } from '../follow/merged-logs.ts';
import { Selector } from '../follow/selector.ts';
import { pluginIds } from '../plugin-ids.ts';
import { EntrySink } from './entry-sink.ts';
import { OUTSIDE } from './follow-tasks.ts';
import type { EventsWanted, LogsWanted } from './message.ts';
import type { Subscription } from './subscription.ts';

const DEFAULT_LINES = 200;
const DEFAULT_EVENTS = 100;

export interface FollowSources {
  readonly hub: FollowHub;
  readonly daemon: Daemon;
}

/** Serves until the subscription is closed. Undefined, or why there is nothing (more) to follow. */
export function followLogs(
  wanted: LogsWanted,
  { hub, daemon }: FollowSources,
  identity: Identity,
  subscription: Subscription,
): Promise<ErrorBody | undefined> {
  const { plugin, plugins = [] } = wanted;
  if (plugin !== undefined) return followLog({ ...wanted, plugin }, hub, identity, subscription);
  return followSeveral({ ...wanted, plugins }, { hub, daemon }, identity, subscription);
}

async function followSeveral(
  { plugins, level, cursor, lines = DEFAULT_LINES }: LogsWanted & { readonly plugins: readonly string[] },
  { hub, daemon }: FollowSources,
  identity: Identity,
  subscription: Subscription,
): Promise<ErrorBody | undefined> {
  const names = await pluginIds(daemon, identity, plugins.length === 0 ? undefined : plugins);
  if (!names.ok) return names.failure;
  const full = hub.enterOwn(identity);
  if (full !== undefined) return full.error;
  try {
    subscription.send('subscribed');
    const ended = await followMergedLogs({
      hub,
      plugins: names.value,
      filter: level === undefined ? {} : { level },
      pattern: undefined,
      lines,
      cursor,
      sink: new EntrySink(subscription, 'lines'),
    });
    return ended.ok ? undefined : ended.failure;
  } finally {
    hub.leaveOwn(identity);
  }
}

async function followLog(
  { plugin, level, cursor, lines = DEFAULT_LINES }: LogsWanted & { readonly plugin: string },
  hub: FollowHub,
  identity: Identity,
  subscription: Subscription,
): Promise<ErrorBody | undefined> {
  if (!mayTouch(identity, plugin)) return OUTSIDE;
  const full = hub.enter(plugin, identity);
  if (full !== undefined) return full.error;
  try {
    const feed = hub.logFeed(plugin);
    const known = await hub.newest(feed);
    if (!known.ok) return known.failure;
    subscription.send('subscribed');
    const filter = level === undefined ? {} : { level };
    const selector = new Selector(chooserOf(filter, undefined));
    const start = lines === 0 ? { cursor: known.value?.cursor } : 'history';
    return await new Follower(
      {
        writer: new EntrySink(subscription, 'lines'),
        tail: () => hub.tail(plugin),
        readHistory: () => hub.read(() => feed.read({ ...filter, lines })),
        readOn: (from) =>
          hub.read(() => feed.read({ ...filter, ...(from === undefined ? {} : { cursor: from }) })),
        select: (batch) => selector.select(batch),
      },
      cursor === undefined ? start : { cursor },
    ).run();
  } finally {
    hub.leave(identity);
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
  const full = hub.enter(undefined, identity);
  if (full !== undefined) return full.error;
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
    hub.leave(identity);
  }
}
