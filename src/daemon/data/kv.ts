/**
 * Tables `plugin_kv` and `plugin_kv_totals`: a key-value store for each plugin. Every statement names the plugin, whom
 * the caller knows from the connection, never from what was sent.
 *
 * Versions: the first set of a key gives 1, each further one 1 more. No version of a plugin's key is ever used twice,
 * although nothing is kept of deleted keys: the highest version among all keys that a plugin has lost (deleted or
 * expired) is its `version_floor`, and a new key begins one above it.
 *
 * Time to live: an expired key is absent from then on; its row is removed by the plugin's next set, delete or list.
 */

import type { KvEntry, KvGetResult } from '../../protocol/control/kv.ts';
import type { PluginError } from '../../protocol/plugin/envelope.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { Clock } from '../base/clock.ts';
import { formatTime } from '../base/clock.ts';
import type { Database } from '../store/database.ts';
import type { StoreFailure } from '../store/store-failure.ts';
import {
  keyProblem,
  limitProblem,
  prefixProblem,
  tooLarge,
  ttlProblem,
  valueProblem,
  versionProblem,
} from './kv-limits.ts';

/** What one plugin may store. Bytes are those of its keys and values together, as UTF-8. */
export interface KvQuota {
  readonly maxKeys: number;
  readonly maxBytes: number;
}

export interface KvSet {
  readonly key: string;
  readonly value: string;
  /** Milliseconds until the key is gone; absent: it stays, also when it had a time to live before. */
  readonly ttlMs?: number | undefined;
  /** Set only if the stored version is this one; 0: only if there is no such key. */
  readonly ifVersion?: number | undefined;
}

export interface KvKeys {
  readonly keys: readonly string[];
  /** True when the answer reached the limit of bytes; go on after its last key. */
  readonly isCut: boolean;
}

interface KeyRow {
  readonly key: string;
  readonly version: number;
  readonly bytes: number;
  readonly expires_at: number | null;
}

interface Totals {
  readonly keys: number;
  readonly bytes: number;
  readonly version_floor: number;
}

/** Bytes of keys in one list, so that the answer fits into a line however the keys are escaped. */
const MAX_LIST_BYTES = 256 * 1024;
const NO_TOTALS: Totals = { keys: 0, bytes: 0, version_floor: 0 };

const PURGE =
  'DELETE FROM plugin_kv WHERE plugin_id = ? AND expires_at IS NOT NULL AND expires_at <= ? RETURNING version, bytes';
const SAVE_TOTALS = `
INSERT INTO plugin_kv_totals (plugin_id, keys, bytes, version_floor) VALUES (?, ?, ?, ?)
ON CONFLICT (plugin_id) DO UPDATE SET keys = excluded.keys, bytes = excluded.bytes,
  version_floor = excluded.version_floor`;
const SAVE = `
INSERT INTO plugin_kv (plugin_id, key, version, expires_at, bytes, value) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (plugin_id, key) DO UPDATE SET version = excluded.version, expires_at = excluded.expires_at,
  bytes = excluded.bytes, value = excluded.value`;
const LIVE = '(expires_at IS NULL OR expires_at > ?)';

export class KvStore {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** What is stored of each plugin, expired keys included until they are removed. Throws what the database says. */
  totals(): ReadonlyMap<string, { readonly keys: number; readonly bytes: number }> {
    const rows = this.#db.rows<{ plugin_id: string; keys: number; bytes: number }>(
      'SELECT plugin_id, keys, bytes FROM plugin_kv_totals',
    );
    return new Map(rows.map(({ plugin_id, keys, bytes }) => [plugin_id, { keys, bytes }]));
  }

  /** `value` null and `version` 0: there is no such key. */
  get(plugin: string, key: string): Result<KvGetResult, PluginError> {
    const problem = keyProblem(key);
    if (problem !== undefined) return failure(problem);
    const sql = `SELECT value, version FROM plugin_kv WHERE plugin_id = ? AND key = ? AND ${LIVE}`;
    const found = this.#db.read(() => this.#db.row<KvGetResult>(sql, plugin, key, this.#clock.now()));
    if (!found.ok) return failure(unavailable(found.failure));
    return success({ value: found.value?.value ?? null, version: found.value?.version ?? 0 });
  }

  /** Stores the value; on the disk when this returns. Failures: invalid, too_large (also the quota), conflict, unavailable. */
  set(plugin: string, request: KvSet, quota: KvQuota): Result<{ readonly version: number }, PluginError> {
    const problem = requestProblem(request);
    if (problem !== undefined) return failure(problem);
    return this.#change(plugin, (totals) => this.#store(plugin, request, quota, totals));
  }

  /** What `set` would answer; nothing is stored. */
  previewSet(
    plugin: string,
    request: KvSet,
    quota: KvQuota,
  ): Result<{ readonly version: number }, PluginError> {
    const problem = requestProblem(request);
    if (problem !== undefined) return failure(problem);
    const done = this.#db.read(() => {
      const totals = this.#totals(plugin);
      const found = this.#find(plugin, request.key);
      const isLive =
        found !== undefined && (found.expires_at ?? Number.POSITIVE_INFINITY) > this.#clock.now();
      return isLive || found === undefined
        ? judge(request, found, totals, quota)
        : judge(request, undefined, without(totals, [found]), quota);
    });
    if (!done.ok) return failure(unavailable(done.failure));
    return done.value.ok ? success({ version: done.value.value.version }) : done.value;
  }

  /** False when there was no such key. Failures: invalid, too_large, unavailable. */
  delete(plugin: string, key: string): Result<{ readonly deleted: boolean }, PluginError> {
    const problem = keyProblem(key);
    if (problem !== undefined) return failure(problem);
    return this.#change<{ readonly deleted: boolean }>(plugin, (totals) => {
      const found = this.#find(plugin, key);
      if (found === undefined) return success({ deleted: false });
      this.#db.change('DELETE FROM plugin_kv WHERE plugin_id = ? AND key = ?', plugin, key);
      this.#saveTotals(plugin, without(totals, [found]));
      return success({ deleted: true });
    });
  }

  /** Keys that begin with `prefix`, in the order of their bytes; at most `limit`, after the key `after`. */
  list(plugin: string, prefix = '', limit?: number, after?: string): Result<KvKeys, PluginError> {
    const problem = prefixProblem(prefix) ?? limitProblem(limit) ?? prefixProblem(after);
    if (problem !== undefined) return failure(problem);
    return this.#readPurged(plugin, () => {
      const keys: string[] = [];
      let bytes = 0;
      for (const row of this.#scan(plugin, prefix, after)) {
        if (keys.length === limit) break;
        bytes += Buffer.byteLength(row.key);
        if (bytes > MAX_LIST_BYTES) return { keys, isCut: true };
        keys.push(row.key);
      }
      return { keys, isCut: false };
    });
  }

  /** Keys with version, size and expiry, in the order of their bytes. */
  entries(plugin: string, prefix = ''): Result<readonly KvEntry[], PluginError> {
    const problem = prefixProblem(prefix);
    if (problem !== undefined) return failure(problem);
    return this.#readPurged(plugin, () => Array.from(this.#scan(plugin, prefix), toEntry));
  }

  /** Forgets everything of a plugin, its versions too; for one that is removed with its data. */
  clear(plugin: string): Result<void, PluginError> {
    return this.#change(plugin, () => {
      this.#db.change('DELETE FROM plugin_kv WHERE plugin_id = ?', plugin);
      this.#db.change('DELETE FROM plugin_kv_totals WHERE plugin_id = ?', plugin);
      return success(undefined);
    });
  }

  #store(
    plugin: string,
    request: KvSet,
    quota: KvQuota,
    totals: Totals,
  ): Result<{ readonly version: number }, PluginError> {
    const found = this.#find(plugin, request.key);
    const judged = judge(request, found, totals, quota);
    if (!judged.ok) return judged;
    const { version, bytes, next } = judged.value;
    const expiresAt = request.ttlMs === undefined ? null : Math.ceil(this.#clock.now() + request.ttlMs);
    this.#db.change(SAVE, plugin, request.key, version, expiresAt, bytes, request.value);
    this.#saveTotals(plugin, next);
    return success({ version });
  }

  /** A durable transaction with expired keys out of the way. A plugin may fill the disk, but not torud's reserve. */
  #change<Value>(
    plugin: string,
    work: (totals: Totals) => Result<Value, PluginError>,
  ): Result<Value, PluginError> {
    const done = this.#db.transaction(() => work(this.#purge(plugin)), { durable: true, usesReserve: false });
    return done.ok ? done.value : failure(unavailable(done.failure));
  }

  /** A purge that fails (a full disk) does not stop the read: it leaves expired keys out itself. */
  #readPurged<Value>(plugin: string, work: () => Value): Result<Value, PluginError> {
    const hasExpired = this.#db.read(() => this.#hasExpired(plugin));
    if (hasExpired.ok && hasExpired.value)
      this.#db.transaction(() => this.#purge(plugin), { usesReserve: false });
    const done = this.#db.read(work);
    return done.ok ? done : failure(unavailable(done.failure));
  }

  #hasExpired(plugin: string): boolean {
    const sql =
      'SELECT 1 AS yes FROM plugin_kv WHERE plugin_id = ? AND expires_at IS NOT NULL AND expires_at <= ? LIMIT 1';
    return this.#db.row(sql, plugin, this.#clock.now()) !== undefined;
  }

  #purge(plugin: string): Totals {
    this.#db.assertTransaction();
    const totals = this.#totals(plugin);
    const gone = this.#db.rows<KeyRow>(PURGE, plugin, this.#clock.now());
    if (gone.length === 0) return totals;
    const rest = without(totals, gone);
    this.#saveTotals(plugin, rest);
    return rest;
  }

  #totals(plugin: string): Totals {
    const sql = 'SELECT keys, bytes, version_floor FROM plugin_kv_totals WHERE plugin_id = ?';
    return this.#db.row<Totals>(sql, plugin) ?? NO_TOTALS;
  }

  #find(plugin: string, key: string): KeyRow | undefined {
    const sql = 'SELECT key, version, bytes, expires_at FROM plugin_kv WHERE plugin_id = ? AND key = ?';
    return this.#db.row<KeyRow>(sql, plugin, key);
  }

  #saveTotals(plugin: string, totals: Totals): void {
    this.#db.change(SAVE_TOTALS, plugin, totals.keys, totals.bytes, totals.version_floor);
  }

  /** Keys with one prefix stand together, since SQLite orders text by its bytes. */
  *#scan(plugin: string, prefix: string, after = ''): Generator<KeyRow> {
    const sql = `SELECT key, version, bytes, expires_at FROM plugin_kv
      WHERE plugin_id = ? AND key >= ? AND key > ? AND ${LIVE} ORDER BY key`;
    for (const row of this.#db.each<KeyRow>(sql, plugin, prefix, after, this.#clock.now())) {
      if (!row.key.startsWith(prefix)) return;
      yield row;
    }
  }
}

function requestProblem(request: KvSet): PluginError | undefined {
  return (
    keyProblem(request.key) ??
    valueProblem(request.value) ??
    ttlProblem(request.ttlMs) ??
    versionProblem(request.ifVersion)
  );
}

/** The version and the totals that come of storing a value, or why it may not be stored. */
function judge(
  request: KvSet,
  found: KeyRow | undefined,
  totals: Totals,
  quota: KvQuota,
): Result<{ readonly version: number; readonly bytes: number; readonly next: Totals }, PluginError> {
  if (request.ifVersion !== undefined && request.ifVersion !== (found?.version ?? 0)) {
    return failure(conflict(request.ifVersion, found?.version));
  }
  const bytes = Buffer.byteLength(request.key) + Buffer.byteLength(request.value);
  const next: Totals = {
    keys: totals.keys + (found === undefined ? 1 : 0),
    bytes: totals.bytes + bytes - (found?.bytes ?? 0),
    version_floor: totals.version_floor,
  };
  const overQuota = quotaProblem(totals, next, quota);
  if (overQuota !== undefined) return failure(overQuota);
  return success({ version: (found?.version ?? totals.version_floor) + 1, bytes, next });
}

function without(totals: Totals, gone: readonly Pick<KeyRow, 'bytes' | 'version'>[]): Totals {
  return {
    keys: totals.keys - gone.length,
    bytes: gone.reduce((rest, row) => rest - row.bytes, totals.bytes),
    version_floor: gone.reduce((floor, row) => Math.max(floor, row.version), totals.version_floor),
  };
}

/** What does not grow is allowed, also over a quota that was lowered since. */
function quotaProblem(before: Totals, next: Totals, quota: KvQuota): PluginError | undefined {
  if (next.keys > quota.maxKeys && next.keys > before.keys) {
    return tooLarge(`the store is full: it may hold ${quota.maxKeys} keys`);
  }
  if (next.bytes > quota.maxBytes && next.bytes > before.bytes) {
    return tooLarge(
      `the store is full: keys and values would have ${next.bytes} bytes, and may have ${quota.maxBytes}`,
    );
  }
  return undefined;
}

function conflict(expected: number, found: number | undefined): PluginError {
  const state = found === undefined ? 'there is no such key' : `the stored version is ${found}`;
  const wish = expected === 0 ? 'no such key' : `version ${expected}`;
  return { code: 'conflict', message: `expected ${wish}, but ${state}` };
}

function unavailable(problem: StoreFailure): PluginError {
  return { code: 'unavailable', message: `the store cannot be used now: ${problem.message}` };
}

function toEntry(row: KeyRow): KvEntry {
  return {
    key: row.key,
    version: row.version,
    valueBytes: row.bytes - Buffer.byteLength(row.key),
    expiresAt: row.expires_at === null ? null : formatTime(row.expires_at),
  };
}
