/**
 * Takes over what can still be read of a database that was set aside: the instance id, what is wanted of the plugins,
 * their runs and their keys, quick actions, and how far schedules are. Events, crashes and audit stay in the old file.
 * Each row is checked before it is believed.
 */

import { PLUGIN_ID_PATTERN } from '../../protocol/plugin/metadata.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { type Database, readDamaged, type SqlValue } from './database.ts';
import { TASK_COLUMNS } from './task-store.ts';

type Row = Readonly<Record<string, unknown>>;

interface Source {
  readonly table: string;
  readonly columns: readonly string[];
  readonly isSound: (row: Row) => boolean;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const SOURCES: readonly Source[] = [
  {
    table: 'settings',
    columns: ['key', 'value'],
    isSound: (row) => row.key === 'instance_id' && typeof row.value === 'string' && UUID.test(row.value),
  },
  {
    table: 'plugins',
    columns: [
      'id',
      'enabled',
      'enabled_actor',
      'enabled_at',
      'wanted',
      'wanted_boot_id',
      'state',
      'last_exit',
      'lines_lost',
      'last_good_run_id',
      'version',
      'digest',
    ],
    isSound: (row) => isPluginId(row.id) && isObject(row.state),
  },
  {
    table: 'runs',
    columns: [
      'id',
      'plugin_id',
      'version',
      'digest',
      'settings',
      'boot_id',
      'started_at',
      'shim_pid',
      'pid',
      'ready_at',
      'ended_at',
      'cause',
      'exit_code',
      'signal',
      'core_dumped',
      'peak_memory_bytes',
      'cpu_ms',
      'lines',
      'lines_lost',
    ],
    isSound: (row) => isPluginId(row.plugin_id) && isObject(row.settings),
  },
  {
    table: 'task_history',
    // Environments belong to their task alone, and are not worth a second place on the disk.
    columns: [...TASK_COLUMNS.filter((column) => column !== 'env'), 'seq'],
    isSound: (row) => isList(row.args) && isObject(row.actor ?? '{}') && isObject(row.ending ?? '{}'),
  },
  {
    table: 'plugin_kv',
    columns: ['plugin_id', 'key', 'version', 'expires_at', 'bytes', 'value'],
    isSound: (row) => isPluginId(row.plugin_id) && row.bytes === byteLength(row.key) + byteLength(row.value),
  },
  {
    table: 'quick_actions',
    columns: ['name', 'position', 'title', 'script', 'args', 'icon', 'confirm', 'lock', 'timeout_ms'],
    isSound: (row) => typeof row.name === 'string' && isList(row.args),
  },
  {
    table: 'schedules',
    columns: ['name', 'digest', 'looked_at', 'claimed_at', 'last_due_at', 'missed', 'last_missed_at'],
    isSound: (row) =>
      isTime(row.looked_at) && [row.claimed_at, row.last_due_at, row.last_missed_at].every(isTimeOrNull),
  },
];

/** Versions of keys that were deleted are lost; a gap keeps new ones apart from all that a plugin has seen. */
const VERSION_GAP = 1_000_000;
const TOTALS = `
INSERT OR REPLACE INTO plugin_kv_totals (plugin_id, keys, bytes, version_floor)
SELECT plugin_id, count(*), sum(bytes), max(version) + ${VERSION_GAP} FROM plugin_kv GROUP BY plugin_id`;

/** Rows taken over, by table. Never fails: what cannot be read or stored is left where it is, and logged. */
export function salvage(into: Database, path: string, log: SupervisorLog): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  const problems = new Set<string>();
  const onProblem = (reason: string) => void problems.add(reason);
  for (const source of SOURCES) {
    const stored = into.transaction(() => copy(into, source, readDamaged(path, source.table, onProblem)));
    if (!stored.ok) onProblem(stored.failure.message);
    else if (stored.value > 0) counts[source.table] = stored.value;
  }
  const totals = into.transaction(() => into.change(TOTALS), { durable: true });
  if (!totals.ok) onProblem(totals.failure.message);
  if (problems.size > 0) log.write('warning', 'salvage-incomplete', { path, reasons: [...problems] });
  return counts;
}

function copy(into: Database, source: Source, rows: Iterable<Row>): number {
  let count = 0;
  for (const row of rows) if (take(into, source, row)) count++;
  return count;
}

function take(into: Database, source: Source, row: Row): boolean {
  const values = source.columns.map((column) => row[column]);
  if (!source.isSound(row) || !values.every(isStorable)) return false;
  const marks = values.map(() => '?').join(', ');
  const verb = source.table === 'settings' ? 'INSERT OR REPLACE' : 'INSERT OR IGNORE';
  const sql = `${verb} INTO ${source.table} (${source.columns.join(', ')}) VALUES (${marks})`;
  return into.changeIfAllowed(sql, ...values);
}

function isStorable(value: unknown): value is SqlValue {
  return value === null || typeof value === 'string' || typeof value === 'number';
}

function isPluginId(value: unknown): boolean {
  return typeof value === 'string' && PLUGIN_ID_PATTERN.test(value);
}

function isObject(value: unknown): boolean {
  const parsed = parsedJson(value);
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
}

function isList(value: unknown): boolean {
  const parsed = parsedJson(value);
  return Array.isArray(parsed) && parsed.every((item) => typeof item === 'string');
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function isTimeOrNull(value: unknown): boolean {
  return value === null || isTime(value);
}

/** Undefined: it is none. */
function parsedJson(value: unknown): unknown {
  if (typeof value !== 'string') return undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

function byteLength(value: unknown): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : Number.NaN;
}
