/** `audit.read`: who asked for which change, out of the store, and on from there. */

import type { AuditItem, AuditReadParams } from '../../../protocol/control/audit.ts';
import type { ErrorBody } from '../../../protocol/errors.ts';
import { failure, type Result, success } from '../../../protocol/result.ts';
import { parseTime } from '../../base/clock.ts';
import type { EventBus } from '../../base/event-bus.ts';
import { Glob, isGlob } from '../../base/glob.ts';
import type { AuditEntry } from '../../store/audit-store.ts';
import { auditEvent, isForAll, pluginsOf } from '../audit-text.ts';
import { type Groups, select } from '../selection.ts';
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
export interface AuditSource {
  read(filter: {
    readonly since?: string;
    /** Only greater ids, and the oldest of them. */
    readonly afterId?: number;
    /** Only smaller ids, and the newest of them. */
    readonly beforeId?: number;
    readonly limit?: number;
  }): readonly AuditEntry[];
  /** Id of the newest entry; 0 when there is none. */
  lastId(): number;
}

interface Parts {
  readonly audit: AuditSource;
  readonly reader: Reader;
  readonly bus: EventBus;
  readonly groups?: Groups;
  ids(): readonly string[];
}

type Stream = AsyncGenerator<AuditItem, End>;
type Wanted = (entry: AuditEntry) => boolean;

export function makeAuditHandlers(parts: Parts): Pick<Handlers, 'audit.read'> {
  return { 'audit.read': (params, _caller, signal) => readAudit(params, parts, signal) };
}

async function* readAudit(params: AuditReadParams, parts: Parts, signal: AbortSignal): Stream {
  const selected = select(params, parts.ids(), 'list', parts.groups);
  if (!selected.ok) return selected;
  const [missing] = selected.value.missing;
  if (missing !== undefined) return failure(missing);
  const isWanted = makeFilter(params, selected.value.ids);
  const wakeup = new Wakeup(signal);
  const unsubscribe = parts.bus.subscribe('audit-written', () => wakeup.call());
  try {
    const lastId = parts.reader.read(() => parts.audit.lastId());
    if (!lastId.ok) return lastId;
    const isResumed = params.follow === true && params.afterId !== undefined;
    if (!isResumed) {
      const past = yield* readPast(params, isWanted, lastIdOf(params, lastId.value), parts, signal);
      if (!past.ok || params.follow !== true) return past;
    }
    const from = followedFrom(isResumed ? params.afterId : undefined, lastId.value);
    const { reader } = parts;
    const followed = { read: (page: Page) => parts.audit.read(page), reader, wakeup, signal };
    return yield* followRows(from, followed, ({ rows, isCut }): AuditItem | undefined => {
      const entries = rows.filter(isWanted).map(auditEvent);
      return entries.length > 0 || isCut ? { entries, ...(isCut ? { isCut } : {}) } : undefined;
    });
  } finally {
    unsubscribe();
  }
}

/** The newest that are wanted, up to `lastId`; with `afterId` the first that are wanted behind it. */
async function* readPast(
  params: AuditReadParams,
  isWanted: Wanted,
  lastId: number,
  parts: Parts,
  signal: AbortSignal,
): Stream {
  const limit = Math.min(params.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
  const first =
    params.afterId === undefined
      ? await oldestOf(limit, isWanted, lastId, params, parts, signal)
      : success(params.afterId);
  if (!first.ok) return first;
  let afterId = first.value;
  let left = limit;
  while (left > 0 && afterId < lastId && !signal.aborted) {
    const page = { afterId, limit: BATCH };
    const found = parts.reader.read(() => parts.audit.read(page).filter((entry) => entry.id <= lastId));
    if (!found.ok) return found;
    const newest = found.value.at(-1);
    if (newest === undefined) break;
    afterId = newest.id;
    const entries = found.value.filter(isWanted).slice(0, left);
    left -= entries.length;
    if (entries.length > 0) yield { entries: entries.map(auditEvent) };
    else await breathe();
  }
  return success({});
}

/** The id right before the oldest of the newest `limit` wanted ones: found backwards, page by page. */
async function oldestOf(
  limit: number,
  isWanted: Wanted,
  lastId: number,
  params: AuditReadParams,
  parts: Parts,
  signal: AbortSignal,
): Promise<Result<number, ErrorBody>> {
  const since = params.since === undefined ? {} : { since: params.since };
  let beforeId = lastId + 1;
  let oldest = lastId + 1;
  let left = limit;
  while (left > 0 && !signal.aborted) {
    const page = { ...since, beforeId, limit: BATCH };
    const found = parts.reader.read(() => parts.audit.read(page));
    if (!found.ok) return found;
    const [first] = found.value;
    if (first === undefined) break;
    beforeId = first.id;
    const wanted = found.value.filter(isWanted).slice(-left);
    left -= wanted.length;
    oldest = wanted[0]?.id ?? oldest;
    await breathe();
  }
  return success(oldest - 1);
}

/** An entry is about a plugin when it names it, by a pattern as well, or was for all of them. */
function makeFilter(params: AuditReadParams, ids: readonly string[]): Wanted {
  const since = params.since === undefined ? Number.NEGATIVE_INFINITY : parseTime(params.since);
  const isAll = params.names === undefined || params.names.length === 0;
  const asked = new Set(ids);
  const patterns = new Map<string, boolean>();
  const isAbout = (name: string): boolean => {
    if (!isGlob(name)) return asked.has(name);
    const known = patterns.get(name);
    if (known !== undefined) return known;
    const glob = new Glob(name);
    const isMatch = ids.some((id) => glob.matches(id));
    patterns.set(name, isMatch);
    return isMatch;
  };
  return (entry) =>
    (isAll || isForAll(entry.params) || pluginsOf(entry).some(isAbout)) && parseTime(entry.at) >= since;
}

/** A long search must not keep torud from answering others. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
