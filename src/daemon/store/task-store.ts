/** Table `task_history`: one row a task, from the moment it was asked for. */

import type { Actor } from '../../protocol/control/plugins.ts';
import type { TaskListParams, TaskOrigin, TaskState } from '../../protocol/control/tasks.ts';
import type { Database } from './database.ts';
import { fromJson, fromNullableJson, toJson, toNullableJson } from './json-column.ts';
import { Conditions, comparableTime } from './selection.ts';

/** Why a task is made to end before its time. */
export interface TaskEnding {
  /** `stop`: torud was stopped. `bare`: its shim was killed. */
  readonly kind: 'cancel' | 'timeout' | 'stop' | 'bare';
  readonly actor: Actor | null;
  /** SIGKILL was asked for. */
  readonly force: boolean;
}

/** A task as it survives the daemon. Times are RFC 3339 UTC with microseconds. */
export interface TaskRecord {
  /** UUID, version 7. */
  readonly id: string;
  readonly script: string;
  readonly args: readonly string[];
  /** Only of a queued one. */
  readonly env: Readonly<Record<string, string>> | null;
  readonly name: string | null;
  readonly lock: string | null;
  readonly timeoutMs: number | null;
  readonly origin: TaskOrigin;
  readonly actor: Actor | null;
  readonly state: TaskState;
  /** Boot in which it was begun. */
  readonly bootId: string | null;
  readonly ending: TaskEnding | null;
  readonly queuedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason: string | null;
  readonly outputBytes: number;
  readonly outputCut: boolean;
  /** Number of the newest file of its output. */
  readonly outputSegment: number;
  readonly peakMemoryBytes: number | null;
  readonly cpuMs: number | null;
}

/** What is left of a task that was removed. */
export type RemovedTask = Pick<TaskRecord, 'id' | 'outputSegment'>;

interface Row {
  readonly seq: number;
  readonly id: string;
  readonly script: string;
  readonly args: string;
  readonly env: string | null;
  readonly name: string | null;
  readonly lock: string | null;
  readonly timeout_ms: number | null;
  readonly origin: TaskOrigin['kind'];
  readonly origin_name: string | null;
  readonly actor: string | null;
  readonly state: TaskState;
  readonly boot_id: string | null;
  readonly ending: string | null;
  readonly queued_at: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly reason: string | null;
  readonly output_bytes: number;
  readonly output_cut: number;
  readonly output_segment: number;
  readonly peak_memory_bytes: number | null;
  readonly cpu_ms: number | null;
}

/** All but `seq`; what never changes stands first. */
export const TASK_COLUMNS = [
  ...['id', 'script', 'args', 'name', 'lock', 'timeout_ms', 'origin', 'origin_name', 'actor', 'queued_at'],
  ...['env', 'state', 'boot_id', 'ending', 'started_at', 'ended_at', 'exit_code', 'signal', 'reason'],
  ...['output_bytes', 'output_cut', 'output_segment', 'peak_memory_bytes', 'cpu_ms'],
];
const CHANGING = TASK_COLUMNS.slice(TASK_COLUMNS.indexOf('env'));

const SAVE = `
INSERT INTO task_history (${TASK_COLUMNS.join(', ')}) VALUES (${TASK_COLUMNS.map(() => '?').join(', ')})
ON CONFLICT (id) DO UPDATE SET ${CHANGING.map((column) => `${column} = excluded.${column}`).join(', ')}`;

/** Of the oldest few, those that are too many or too old: a look costs little, and no transaction takes long. */
const PRUNABLE = `
SELECT seq, id, output_segment FROM (
  SELECT seq, id, output_segment, ended_at FROM task_history WHERE ended_at IS NOT NULL ORDER BY seq LIMIT ?3)
WHERE ended_at < ?1 OR seq <= coalesce((
  SELECT seq FROM task_history WHERE ended_at IS NOT NULL ORDER BY seq DESC LIMIT 1 OFFSET ?2), 0)`;

export class TaskStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Adds the task, or replaces what is known of it. Only inside a transaction. */
  save(task: TaskRecord): void {
    this.#db.change(
      SAVE,
      ...[task.id, task.script, toJson(task.args), task.name, task.lock, task.timeoutMs],
      ...[task.origin.kind, originName(task.origin), toNullableJson(task.actor), task.queuedAt],
      ...[toNullableJson(task.env), task.state, task.bootId, toNullableJson(task.ending)],
      ...[task.startedAt, task.endedAt, task.exitCode, task.signal, task.reason],
      ...[task.outputBytes, task.outputCut ? 1 : 0, task.outputSegment, task.peakMemoryBytes, task.cpuMs],
    );
  }

  get(id: string): TaskRecord | undefined {
    const row = this.#db.row<Row>('SELECT * FROM task_history WHERE id = ?', id);
    return row === undefined ? undefined : toRecord(row);
  }

  /** Ids that begin so, newest first; at most `limit`. */
  idsWith(prefix: string, limit: number): readonly string[] {
    const rows = this.#db.rows<{ id: string }>(
      'SELECT id FROM task_history WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?',
      prefix,
      // Behind every digit of an id and the dash.
      `${prefix}~`,
      limit,
    );
    return rows.map((row) => row.id);
  }

  /** Tasks without an end, in the order of asking. */
  open(): readonly TaskRecord[] {
    return this.#db.rows<Row>('SELECT * FROM task_history WHERE ended_at IS NULL ORDER BY seq').map(toRecord);
  }

  newestOf(origin: TaskOrigin): TaskRecord | undefined {
    const row = this.#db.row<Row>(
      'SELECT * FROM task_history WHERE origin = ? AND origin_name IS ? ORDER BY seq DESC LIMIT 1',
      origin.kind,
      originName(origin),
    );
    return row === undefined ? undefined : toRecord(row);
  }

  /** Newest first, as long as the reader takes them; `beforeId` of a task that is gone gives those with smaller ids. */
  *list(params: TaskListParams): Generator<TaskRecord> {
    const { since, until, states, script, beforeId } = params;
    const where = new Conditions()
      .addOneOf('state', states)
      .add('script = ?', script)
      .add('queued_at >= ?', since === undefined ? undefined : comparableTime(since))
      .add('queued_at <= ?', until === undefined ? undefined : comparableTime(until))
      .add(
        `seq < coalesce((SELECT seq FROM task_history WHERE id >= ? ORDER BY id LIMIT 1), ${Number.MAX_SAFE_INTEGER})`,
        beforeId,
      );
    const sql = `SELECT * FROM task_history ${where} ORDER BY seq DESC`;
    for (const row of this.#db.each<Row>(sql, ...where.values)) yield toRecord(row);
  }

  /** Removes ended tasks that are too many or too old, a batch at most. Only inside a transaction. */
  prune(keep: number, endedBefore: string, batch: number): readonly RemovedTask[] {
    const rows = this.#db.rows<Pick<Row, 'seq' | 'id' | 'output_segment'>>(
      PRUNABLE,
      endedBefore,
      keep,
      batch,
    );
    for (const { seq } of rows) this.#db.change('DELETE FROM task_history WHERE seq = ?', seq);
    return rows.map((row) => ({ id: row.id, outputSegment: row.output_segment }));
  }

  isEmpty(): boolean {
    return this.#db.row('SELECT 1 FROM task_history LIMIT 1') === undefined;
  }

  has(id: string): boolean {
    return this.#db.row('SELECT 1 FROM task_history WHERE id = ?', id) !== undefined;
  }
}

function originName(origin: TaskOrigin): string | null {
  if (origin.kind === 'schedule') return origin.schedule;
  return origin.kind === 'action' ? origin.action : null;
}

function toOrigin(kind: TaskOrigin['kind'], name: string | null): TaskOrigin {
  if (kind === 'schedule') return { kind, schedule: name ?? '' };
  return kind === 'action' ? { kind, action: name ?? '' } : { kind };
}

function toRecord(row: Row): TaskRecord {
  return {
    id: row.id,
    script: row.script,
    args: fromJson(row.args),
    env: fromNullableJson(row.env),
    name: row.name,
    lock: row.lock,
    timeoutMs: row.timeout_ms,
    origin: toOrigin(row.origin, row.origin_name),
    actor: fromNullableJson(row.actor),
    state: row.state,
    bootId: row.boot_id,
    ending: fromNullableJson(row.ending),
    queuedAt: row.queued_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    exitCode: row.exit_code,
    signal: row.signal,
    reason: row.reason,
    outputBytes: row.output_bytes,
    outputCut: row.output_cut === 1,
    outputSegment: row.output_segment,
    peakMemoryBytes: row.peak_memory_bytes,
    cpuMs: row.cpu_ms,
  };
}
