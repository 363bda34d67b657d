/** The store behind the plugin's `kv` requests: torud's own, in a database in the temporary folder. */

import { join } from 'node:path';
import { systemClock } from '../daemon/base/clock.ts';
import type { KvSettings } from '../daemon/catalog/settings.ts';
import { KvStore } from '../daemon/data/kv.ts';
import { serveKv } from '../daemon/data/kv-requests.ts';
import type { Database } from '../daemon/store/database.ts';
import { openDatabase } from '../daemon/store/open-database.ts';
import type { PluginError } from '../protocol/plugin/envelope.ts';
import { failure, type Result } from '../protocol/result.ts';
import type { Payload } from './exchange.ts';
import { SILENT_LOG } from './workplace.ts';

export class CheckStore {
  readonly #folder: string;
  #database: Database | undefined;
  #store: KvStore | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** As torud answers. @param owner whose keys these are: one a case, so that no case sees another's */
  serve(owner: string, type: string, payload: Payload, quota: KvSettings): Result<Payload, PluginError> {
    if (type === 'kv') return serveKv(this.#open(), owner, payload, quota);
    return failure({ code: 'unknown_type', message: `this torud does not serve "${type}" yet` });
  }

  close(): void {
    this.#database?.disconnect();
    this.#database = undefined;
    this.#store = undefined;
  }

  #open(): KvStore {
    if (this.#store !== undefined) return this.#store;
    const opened = openDatabase({
      file: join(this.#folder, 'state.db'),
      reserveFile: join(this.#folder, 'reserve'),
      clock: systemClock,
      log: SILENT_LOG,
    });
    if (!opened.ok) throw new Error(opened.failure.message);
    this.#database = opened.value.database;
    this.#store = new KvStore(this.#database, systemClock);
    return this.#store;
  }
}
