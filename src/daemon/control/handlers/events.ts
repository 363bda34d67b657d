/** `event.read`: lifecycle events out of the store, and on from there. */

import type { EventItem, EventReadParams, EventType, PluginEvent } from '../../../protocol/control/events.ts';
import { failure, success } from '../../../protocol/result.ts';
import { parseTime } from '../../base/clock.ts';
import type { EventBus } from '../../base/event-bus.ts';
import { type Groups, select, selects } from '../selection.ts';
import {
  BATCH,
  DEFAULT_LIMIT,
  type End,
  followedFrom,
  followRows,
  lastIdOf,
  MAX_LIMIT,
  type Page,
} from './follow-rows.ts';
import type { Reader } from './reader.ts';
import type { Handlers } from './table.ts';
import { Wakeup } from './wakeup.ts';

/** What of the store is needed. Reads come oldest first. */
export interface EventSource {
  read(filter: {
    readonly plugins?: readonly string[];
    readonly types?: readonly EventType[];
    readonly since?: string;
    /** Only greater ids, and the oldest of them. */
    readonly afterId?: number;
    /** Only smaller ids. */
    readonly beforeId?: number;
    readonly limit?: number;
  }): readonly PluginEvent[];
  /** Id of the newest event; 0 when there is none. */
  lastId(): number;
}

interface Parts {
  readonly events: EventSource;
  readonly reader: Reader;
  readonly bus: EventBus;
  readonly groups?: Groups;
  ids(): readonly string[];
}

type Stream = AsyncGenerator<EventItem, End>;

export function makeEventHandlers(parts: Parts): Pick<Handlers, 'event.read'> {
  return { 'event.read': (params, _caller, signal) => readEvents(params, parts, signal) };
}

async function* readEvents(params: EventReadParams, parts: Parts, signal: AbortSignal): Stream {
  const selected = select(params, parts.ids(), 'list', parts.groups);
  if (!selected.ok) return selected;
  const [missing] = selected.value.missing;
  if (missing !== undefined) return failure(missing);
  const wakeup = new Wakeup(signal);
  const unsubscribe = parts.bus.subscribe('event-written', () => wakeup.call());
  try {
    const isAll = params.names === undefined || params.names.length === 0;
    const lastId = parts.reader.read(() => parts.events.lastId());
    if (!lastId.ok) return lastId;
    const isResumed = params.follow === true && params.afterId !== undefined;
    if (!isResumed) {
      const past = yield* readPast(
        params,
        isAll ? undefined : selected.value.ids,
        lastIdOf(params, lastId.value),
        parts,
        signal,
      );
      if (!past.ok || params.follow !== true) return past;
    }
    const from = followedFrom(isResumed ? params.afterId : undefined, lastId.value);
    const isWanted = makeFilter(params, isAll, parts.groups);
    const { reader } = parts;
    const followed = { read: (page: Page) => parts.events.read(page), reader, wakeup, signal };
    return yield* followRows(from, followed, ({ rows, isCut }): EventItem | undefined => {
      const events = rows.filter(isWanted);
      return events.length > 0 || isCut ? { events, ...(isCut ? { isCut } : {}) } : undefined;
    });
  } finally {
    unsubscribe();
  }
}

/** What is in the store up to `lastId`, page by page; what comes later is for `follow`. */
async function* readPast(
  params: EventReadParams,
  plugins: readonly string[] | undefined,
  lastId: number,
  parts: Parts,
  signal: AbortSignal,
): Stream {
  const filter = {
    ...(plugins === undefined ? {} : { plugins }),
    ...(params.types === undefined ? {} : { types: params.types }),
    ...(params.since === undefined ? {} : { since: params.since }),
  };
  let left = Math.min(params.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
  const limit = left;
  const newest = { ...filter, beforeId: lastId + 1, limit };
  const first = parts.reader.read(() => params.afterId ?? idBefore(parts.events.read(newest)));
  if (!first.ok) return first;
  let afterId = first.value;
  while (left > 0 && !signal.aborted) {
    const page = { ...filter, afterId, limit: Math.min(left, BATCH) };
    const found = parts.reader.read(() => parts.events.read(page).filter((event) => event.id <= lastId));
    if (!found.ok) return found;
    const newest = found.value.at(-1);
    if (newest === undefined) break;
    afterId = newest.id;
    left -= found.value.length;
    yield { events: found.value };
  }
  return success({});
}

function idBefore(events: readonly PluginEvent[]): number {
  return (events[0]?.id ?? Number.MAX_SAFE_INTEGER) - 1;
}

function makeFilter(
  params: EventReadParams,
  isAll: boolean,
  groups: Groups | undefined,
): (event: PluginEvent) => boolean {
  const isSelected = selects(params, groups);
  const types = params.types === undefined ? undefined : new Set(params.types);
  const since = params.since === undefined ? Number.NEGATIVE_INFINITY : parseTime(params.since);
  return (event) =>
    (isAll || (event.plugin !== null && isSelected(event.plugin))) &&
    (types === undefined || types.has(event.type)) &&
    parseTime(event.at) >= since;
}
