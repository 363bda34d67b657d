/** Writes the table `audit`: who asked for which change, and what came of it. */

import type { MethodName } from '../../protocol/control/methods.ts';
import type { Actor } from '../../protocol/control/plugins.ts';
import type { Result } from '../../protocol/result.ts';
import { type Clock, formatTime } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';

/** What of the store is needed. */
export interface AuditDatabase {
  transaction(work: () => void): Result<void, { readonly message: string }>;
}

export interface AuditTable {
  /** Only inside a transaction. */
  append(entry: {
    readonly at: string;
    readonly actor: Actor;
    readonly method: string;
    readonly params: unknown;
    readonly result: unknown;
  }): unknown;
}

/** Longest list of names, and longest text, that is kept of a request's parameters. */
const MAX_LIST = 256;
const MAX_TEXT = 1024;

export class AuditLog {
  readonly #database: AuditDatabase;
  readonly #table: AuditTable;
  readonly #clock: Clock;
  readonly #log: SupervisorLog;

  constructor(database: AuditDatabase, table: AuditTable, clock: Clock, log: SupervisorLog) {
    this.#database = database;
    this.#table = table;
    this.#clock = clock;
    this.#log = log;
  }

  /** An entry that cannot be written (full disk) is said in the supervisor's log; the change stands. */
  record(actor: Actor, method: MethodName, params: unknown, result: unknown): void {
    const at = formatTime(this.#clock.now());
    const written = this.#database.transaction(() => {
      this.#table.append({ at, actor, method, params: withoutContent(params), result });
    });
    if (!written.ok)
      this.#log.write('error', 'audit-not-written', { method, reason: written.failure.message });
  }
}

/** Parameters as they may be kept: of a value only its size, of long lists and texts the beginning. */
export function withoutContent(params: unknown): unknown {
  if (typeof params !== 'object' || params === null) return {};
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) =>
      key === 'value' && typeof value === 'string'
        ? ['valueBytes', Buffer.byteLength(value)]
        : [key, shorten(value)],
    ),
  );
}

function shorten(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, MAX_LIST).map(shorten);
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : value;
}
