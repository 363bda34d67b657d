/** The list of quick actions: read, changed, and always in one order without gaps. */

import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../../protocol/control/plugins.ts';
import type {
  QuickActionListResult,
  QuickActionRemoveParams,
  QuickActionRemoveResult,
  QuickActionRunParams,
  QuickActionSetParams,
  QuickActionSetResult,
} from '../../protocol/control/quick-actions.ts';
import type { TaskRunResult } from '../../protocol/control/tasks.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { quoteValue } from '../base/one-line.ts';
import { nearestName } from '../base/toml-nearest.ts';
import type { QuickActionRecord } from '../store/quick-action-store.ts';
import type { TaskApi } from '../tasks/contract.ts';
import { applyFields, describeAction } from './action-fields.ts';

/** What of the database is needed. */
export interface ActionDatabase {
  transaction(
    work: () => void,
    options?: { readonly durable?: boolean },
  ): Result<void, { readonly message: string }>;
  read<Value>(work: () => Value): Result<Value, { readonly message: string }>;
}

export interface ActionTable {
  /** By position. */
  all(): readonly QuickActionRecord[];
  /** Only inside a transaction. */
  replaceAll(records: readonly QuickActionRecord[]): void;
}

type Records = readonly QuickActionRecord[];

/** More would be no quick ones; each is sent to every reader of the list. */
const MAX_ACTIONS = 500;

export class QuickActions {
  readonly #database: ActionDatabase;
  readonly #table: ActionTable;
  readonly #tasks: Pick<TaskApi, 'run'>;

  constructor(database: ActionDatabase, table: ActionTable, tasks: Pick<TaskApi, 'run'>) {
    this.#database = database;
    this.#table = table;
    this.#tasks = tasks;
  }

  list(): Result<QuickActionListResult, ErrorBody> {
    const records = this.#read();
    if (!records.ok) return records;
    return success({ actions: records.value.map((record, index) => describeAction(record, index + 1)) });
  }

  /** Failure: `usage`, `not_found`, `conflict`, `unavailable`. It is on disk when this answers. */
  set(params: QuickActionSetParams): Result<QuickActionSetResult, ErrorBody> {
    const read = this.#read();
    if (!read.ok) return read;
    const records = read.value;
    const index = records.findIndex(({ name }) => name === params.name);
    const refused = refusal(params, records, index);
    if (refused !== undefined) return failure(refused);
    const applied = applyFields(records[index], params);
    if (!applied.ok) return applied;
    const others = records.filter((_, at) => at !== index);
    const wanted = params.position ?? (index === -1 ? records.length : index) + 1;
    const at = Math.min(wanted - 1, others.length);
    const after = others.toSpliced(at, 0, applied.value);
    const changed = !isDeepStrictEqual(after, records);
    const answer = { action: describeAction(applied.value, at + 1), changed };
    if (params.dryRun === true || !changed) return success(answer);
    const stored = this.#store(after);
    return stored.ok ? success(answer) : stored;
  }

  /** Failure: `not_found`, `unavailable`. */
  remove({ name, dryRun }: QuickActionRemoveParams): Result<QuickActionRemoveResult, ErrorBody> {
    const read = this.#read();
    if (!read.ok) return read;
    const left = read.value.filter((record) => record.name !== name);
    if (left.length === read.value.length) return failure(notFound(name, read.value));
    const stored = dryRun === true ? success(undefined) : this.#store(left);
    return stored.ok ? success({ changed: true }) : stored;
  }

  /** Failure: `not_found`, or what running its script fails with. */
  async run(
    { name, noQueue, dryRun }: QuickActionRunParams,
    actor: Actor,
  ): Promise<Result<TaskRunResult, ErrorBody>> {
    const read = this.#read();
    if (!read.ok) return read;
    const record = read.value.find((one) => one.name === name);
    if (record === undefined) return failure(notFound(name, read.value));
    const { script, args, lock, timeoutMs } = record;
    const request = { script, args, lock, timeoutMs, noQueue, dryRun };
    const begun = await this.#tasks.run(request, actor, { kind: 'action', action: name });
    return begun.ok ? success({ task: begun.value }) : begun;
  }

  #read(): Result<Records, ErrorBody> {
    const read = this.#database.read(() => this.#table.all());
    return read.ok ? read : failure(unavailable(read.failure.message));
  }

  #store(records: Records): Result<void, ErrorBody> {
    const stored = this.#database.transaction(() => this.#table.replaceAll(records), { durable: true });
    return stored.ok ? stored : failure(unavailable(stored.failure.message));
  }
}

function refusal(params: QuickActionSetParams, records: Records, index: number): ErrorBody | undefined {
  const { name, mode, rename } = params;
  const isThere = (wanted: string): boolean => records.some((record) => record.name === wanted);
  if (mode === 'edit' && index === -1) return notFound(name, records);
  if (mode === 'create' && index !== -1)
    return errorBody('conflict', 'there is a quick action of this name', {
      name,
      hint: `toru actions edit ${name} changes it`,
    });
  if (mode === 'create' && rename !== undefined)
    return errorBody('usage', 'a new quick action is not renamed', { name });
  if (rename !== undefined && rename !== name && isThere(rename))
    return errorBody('conflict', `there is a quick action named ${quoteValue(rename)} already`, { name });
  if (mode === 'create' && records.length >= MAX_ACTIONS)
    return errorBody('conflict', `there are ${MAX_ACTIONS} quick actions already, which is the limit`, {
      name,
    });
  return undefined;
}

function notFound(name: string, records: Records): ErrorBody {
  const near = nearestName(
    name,
    records.map((record) => record.name),
  );
  const hint = near === undefined ? 'toru actions shows all of them' : `did you mean "${near}"?`;
  return errorBody('not_found', 'there is no such quick action', { name, hint });
}

function unavailable(message: string): ErrorBody {
  return errorBody('unavailable', message, { hint: 'toru daemon status says what ails it' });
}
