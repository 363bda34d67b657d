/** Writes the table `audit`: who asked for which change, and what came of it. */

import { METHODS, type MethodName } from '../../protocol/control/methods.ts';
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
  readonly #onWritten: (method: MethodName) => void;

  /** @param onWritten called after each entry that was stored */
  constructor(
    database: AuditDatabase,
    table: AuditTable,
    clock: Clock,
    log: SupervisorLog,
    onWritten: (method: MethodName) => void,
  ) {
    this.#database = database;
    this.#table = table;
    this.#clock = clock;
    this.#log = log;
    this.#onWritten = onWritten;
  }

  /** An entry that cannot be written (full disk) is said in the supervisor's log; the change stands. */
  record(actor: Actor, method: MethodName, params: unknown, result: unknown): void {
    const at = formatTime(this.#clock.now());
    const written = this.#database.transaction(() => {
      this.#table.append({ at, actor, method, params: withoutContent(params), result });
    });
    if (written.ok) this.#onWritten(method);
    else this.#log.write('error', 'audit-not-written', { method, reason: written.failure.message });
  }
}

/** True for a request that is written to the audit: one that may change something, and does not only ask what would be. */
export function isAudited(method: MethodName, params: unknown): boolean {
  if (!METHODS[method].isChange) return false;
  const { dryRun, level } = (params ?? {}) as { readonly dryRun?: unknown; readonly level?: unknown };
  return dryRun !== true && (method !== 'daemon.logLevel' || level !== undefined);
}

/** Keys of results that say what became of a change. */
const RESULT_KEYS = ['plugin', 'version', 'changed', 'deleted', 'added', 'removed', 'settings'] as const;

/** What of a method's result the audit keeps. */
export function auditedResult(result: unknown): object {
  if (typeof result !== 'object' || result === null) return { ok: true };
  const fields = result as Readonly<Record<string, unknown>>;
  const kept = RESULT_KEYS.filter((key) => fields[key] !== undefined);
  const task = taskIdOf(fields.task);
  return {
    ok: true,
    ...Object.fromEntries(kept.map((key) => [key, shorten(fields[key])])),
    ...(task === undefined ? {} : { task }),
  };
}

/** Parameters that hold what belongs to the plugin or its admin, and may be secret: only their size is kept. */
const CONTENT_KEYS: ReadonlySet<string> = new Set(['value', 'text']);

/** Parameters as they may be kept: of a value or a file's text only its size, of an environment only the names, of long lists and texts the beginning. */
export function withoutContent(params: unknown): unknown {
  if (typeof params !== 'object' || params === null) return {};
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) =>
      CONTENT_KEYS.has(key) && typeof value === 'string'
        ? [`${key}Bytes`, Buffer.byteLength(value)]
        : [key, key === 'env' ? shorten(namesOf(value)) : shorten(value)],
    ),
  );
}

function taskIdOf(task: unknown): string | undefined {
  const { id } = (typeof task === 'object' && task !== null ? task : {}) as { readonly id?: unknown };
  return typeof id === 'string' ? id : undefined;
}

function namesOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function shorten(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, MAX_LIST).map(shorten);
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : value;
}
