/** What the events screen knows: feeds, what of them is shown, and where somebody looks. Pure. */

import { reasonText } from '../../../actor-text.ts';
import type { FeedName } from '../../../event-feeds.ts';
import type { Effect, FollowEffect } from '../../messages.ts';
import type { Context } from '../../screen.ts';
import {
  boundingFeeds,
  type Feed,
  type Keyed,
  KINDS,
  type Kind,
  merged,
  NEW_FEED,
  PAGE,
} from './event-feeds.ts';

export interface EventsState {
  /** Undefined: of all plugins. */
  readonly id: string | undefined;
  readonly tag: string;
  /** Questions of a kind that is shown no more are out of date. */
  readonly generation: number;
  readonly kind: Kind;
  readonly filter: string;
  readonly feeds: Readonly<Record<FeedName, Feed>>;
  /** Undefined: the newest one is followed. */
  readonly cursor: Cursor | undefined;
}

export interface Cursor {
  readonly key: string;
  readonly at: string;
  /** Its row on the screen, from the top. */
  readonly offset: number;
}

export function newState(id: string | undefined): EventsState {
  return {
    id,
    tag: 'events',
    generation: 0,
    kind: KINDS[0],
    filter: '',
    feeds: { 'event.read': NEW_FEED, 'audit.read': NEW_FEED },
    cursor: undefined,
  };
}

/** What is shown, oldest first. */
export function shownRows(state: EventsState): readonly Keyed[] {
  const rows = merged(state.feeds, state.kind.feeds);
  const wanted = state.filter.toLowerCase();
  if (wanted === '') return rows;
  return rows.filter(({ row }) =>
    `${row.plugin ?? ''} ${row.type} ${reasonText(row.reason, row.actor)}`.toLowerCase().includes(wanted),
  );
}

export interface Place {
  /** Of the cursor, -1 where there are no rows. */
  readonly at: number;
  /** The first row on the screen. */
  readonly top: number;
}

export function placeOf({ cursor }: EventsState, rows: readonly Keyed[], height: number): Place {
  const last = rows.length - 1;
  const most = Math.max(0, rows.length - height);
  if (cursor === undefined) return { at: last, top: most };
  const found = rows.findIndex(({ key }) => key === cursor.key);
  const later = found === -1 ? rows.findIndex(({ row }) => row.at >= cursor.at) : found;
  const at = later === -1 ? last : later;
  return { at, top: Math.max(0, Math.min(most, at - Math.min(cursor.offset, height - 1))) };
}

export function movedTo(state: EventsState, rows: readonly Keyed[], to: number, height: number): EventsState {
  const { top } = placeOf(state, rows, height);
  const at = Math.max(0, Math.min(rows.length - 1, to));
  const target = rows[at];
  if (target === undefined) return state;
  const offset = Math.max(0, Math.min(height - 1, at - top));
  return { ...state, cursor: { key: target.key, at: target.row.at, offset } };
}

/** The past, a page of it. */
export function askPage(state: EventsState, feed: FeedName): FollowEffect {
  const first = state.feeds[feed].rows[0];
  const params = {
    ...selectionOf(state, feed),
    limit: PAGE,
    ...(first === undefined ? {} : { beforeId: first.id }),
  };
  // What came before torud went away comes again, and is taken once.
  return { type: 'follow', tag: tagOf(state, 'page', feed), method: feed, params, resume: () => params };
}

/** What comes, behind the newest that is known. */
export function askLive(state: EventsState, feed: FeedName): FollowEffect {
  const afterId = state.feeds[feed].rows.at(-1)?.id ?? 0;
  const params = { ...selectionOf(state, feed), follow: true, afterId };
  return {
    type: 'follow',
    tag: tagOf(state, 'live', feed),
    method: feed,
    params,
    resume: (last) => ({ ...params, afterId: lastIdOf(last) ?? afterId }),
  };
}

export function endAll(state: EventsState): readonly Effect[] {
  return state.kind.feeds.flatMap((feed) =>
    (['page', 'live'] as const).map((part): Effect => ({ type: 'unfollow', tag: tagOf(state, part, feed) })),
  );
}

/** Asks for the past where the screen has reached the end of what is known. */
export function withPast(
  state: EventsState,
  height: number,
): { readonly state: EventsState; readonly effects: readonly Effect[] } {
  const rows = shownRows(state);
  const { top } = placeOf(state, rows, height);
  const isNear = rows.length < height || (state.cursor !== undefined && top < height);
  const asked = isNear ? boundingFeeds(state.feeds, state.kind.feeds) : [];
  const effects = asked.map((feed) => askPage(state, feed));
  const feeds = { ...state.feeds };
  for (const feed of asked) feeds[feed] = { ...feeds[feed], isAsking: true, pageRows: 0 };
  return { state: asked.length === 0 ? state : { ...state, feeds }, effects };
}

export function tagOf({ tag, generation }: EventsState, part: 'page' | 'live', feed: FeedName): string {
  return `${tag}/${part}/${feed}/${generation}`;
}

/** Rows of the body that hold events. */
export function listHeight(state: EventsState, { size }: Context): number {
  const notes = state.kind.feeds.some((feed) => state.feeds[feed].failure !== undefined) ? 1 : 0;
  return Math.max(1, size.rows - 1 - notes);
}

function selectionOf({ id, kind }: EventsState, feed: FeedName): object {
  return {
    ...(id === undefined ? {} : { names: [id] }),
    ...(feed === 'event.read' && kind.types !== undefined ? { types: kind.types } : {}),
  };
}

/** Undefined: nothing has come yet. */
function lastIdOf(item: unknown): number | undefined {
  if (item === undefined) return undefined;
  const { events, entries } = item as {
    readonly events?: readonly { readonly id: number }[];
    readonly entries?: readonly { readonly id: number }[];
  };
  return (events ?? entries)?.at(-1)?.id;
}
