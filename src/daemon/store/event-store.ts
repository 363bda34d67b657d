/** Table `plugin_events`: what happened to plugins, by whom and why. */

import type { EventType, PluginEvent } from '../../protocol/control/events.ts';
import type { Database } from './database.ts';
import { fromJson, fromNullableJson, toJson, toNullableJson } from './json-column.ts';
import { Conditions, comparableTime } from './selection.ts';

/** Events that are kept of a plugin, and of the daemon itself; up to PRUNE_EVERY more between two prunings. */
export const MAX_EVENTS = 10_000;
const PRUNE_EVERY = 100;
const DEFAULT_LIMIT = 1_000;

interface Row {
  readonly id: number;
  readonly at: string;
  readonly plugin_id: string | null;
  readonly type: EventType;
  readonly reason: string;
  readonly actor: string | null;
  readonly details: string;
}

export interface EventFilter {
  /** Absent: all, and those of the daemon itself. */
  readonly plugins?: readonly string[];
  readonly types?: readonly EventType[];
  /** RFC 3339; events at or after it. Anything else throws a RangeError. */
  readonly since?: string;
  /** Only greater ids. */
  readonly afterId?: number;
  /** Only smaller ids. */
  readonly beforeId?: number;
  /** Default 1,000. Keeps the newest; with `afterId` the oldest, so that a reader can go on from the last one. */
  readonly limit?: number;
}

const PRUNE = `
DELETE FROM plugin_events
WHERE plugin_id IS ?1
  AND id <= (SELECT id FROM plugin_events WHERE plugin_id IS ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`;

export class EventStore {
  readonly #db: Database;
  /** Events appended since the plugin's were last pruned; the first one after a start prunes. */
  readonly #sincePruning = new Map<string | null, number>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Stores the event and returns it with its id. Only inside a transaction. */
  append(event: Omit<PluginEvent, 'id'>): PluginEvent {
    const { lastId } = this.#db.change(
      'INSERT INTO plugin_events (at, plugin_id, type, reason, actor, details) VALUES (?, ?, ?, ?, ?, ?)',
      event.at,
      event.plugin,
      event.type,
      event.reason,
      toNullableJson(event.actor),
      toJson(event.details),
    );
    this.#pruneNowAndThen(event.plugin);
    return { ...event, id: lastId };
  }

  /** Oldest first. */
  read(filter: EventFilter = {}): PluginEvent[] {
    const where = new Conditions()
      .addOneOf('plugin_id', filter.plugins)
      .addOneOf('type', filter.types)
      .add('at >= ?', filter.since === undefined ? undefined : comparableTime(filter.since))
      .add('id > ?', filter.afterId)
      .add('id < ?', filter.beforeId);
    const order = filter.afterId === undefined ? 'DESC' : 'ASC';
    const rows = this.#db.rows<Row>(
      `SELECT * FROM plugin_events ${where} ORDER BY id ${order} LIMIT ?`,
      ...where.values,
      filter.limit ?? DEFAULT_LIMIT,
    );
    if (order === 'DESC') rows.reverse();
    return rows.map(toEvent);
  }

  /** Id of the newest event; 0 when there is none. */
  lastId(): number {
    return this.#db.row<{ id: number | null }>('SELECT max(id) AS id FROM plugin_events')?.id ?? 0;
  }

  #pruneNowAndThen(plugin: string | null): void {
    const count = this.#sincePruning.get(plugin) ?? PRUNE_EVERY;
    const isDue = count >= PRUNE_EVERY;
    this.#sincePruning.set(plugin, isDue ? 1 : count + 1);
    if (isDue) this.#db.change(PRUNE, plugin, MAX_EVENTS);
  }

  /** Removes everything of a plugin. Only inside a transaction. */
  forget(plugin: string): void {
    this.#db.change('DELETE FROM plugin_events WHERE plugin_id = ?', plugin);
  }
}

function toEvent(row: Row): PluginEvent {
  return {
    id: row.id,
    at: row.at,
    plugin: row.plugin_id,
    type: row.type,
    reason: row.reason,
    actor: fromNullableJson(row.actor),
    details: fromJson(row.details),
  };
}
