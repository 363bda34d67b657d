/**
 * The schema of the state database, as the list of steps that made it. Append-only: a step that has been released is
 * never changed. Each step has a test.
 *
 * STRICT tables and CHECKs let `PRAGMA quick_check` find rows that a broken device has changed, so that code which
 * reads them can trust their types and their JSON. Times are RFC 3339 UTC text with microseconds, in plugin_kv
 * milliseconds since 1970. Booleans are 0 and 1.
 */

export interface Migration {
  /** PRAGMA user_version after this step; 1, 2, 3, … */
  readonly version: number;
  readonly sql: string;
}

const FIRST = `
CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE plugins (
  id TEXT PRIMARY KEY,
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  enabled_actor TEXT CHECK (json_valid(enabled_actor)),
  enabled_at TEXT,
  wanted TEXT NOT NULL CHECK (wanted IN ('up', 'down')),
  wanted_boot_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (json_valid(state)),
  last_exit TEXT CHECK (json_valid(last_exit)),
  lines_lost INTEGER NOT NULL,
  last_good_run_id INTEGER,
  version TEXT NOT NULL,
  digest TEXT NOT NULL
) STRICT;

CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  plugin_id TEXT NOT NULL,
  version TEXT NOT NULL,
  digest TEXT NOT NULL,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  boot_id TEXT NOT NULL,
  started_at TEXT NOT NULL,
  shim_pid INTEGER,
  pid INTEGER,
  ready_at TEXT,
  ended_at TEXT,
  cause TEXT,
  exit_code INTEGER,
  signal TEXT,
  core_dumped INTEGER CHECK (core_dumped IN (0, 1)),
  peak_memory_bytes INTEGER,
  cpu_ms REAL,
  lines INTEGER,
  lines_lost INTEGER,
  CHECK ((ended_at IS NULL) = (cause IS NULL))
) STRICT;
CREATE INDEX runs_by_plugin ON runs (plugin_id, id);
CREATE INDEX runs_ended ON runs (plugin_id, id) WHERE ended_at IS NOT NULL;
CREATE INDEX runs_open ON runs (id) WHERE ended_at IS NULL;

CREATE TABLE crashes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  plugin_id TEXT NOT NULL,
  run_id INTEGER NOT NULL,
  at TEXT NOT NULL,
  uptime_ms REAL NOT NULL,
  exit_code INTEGER,
  signal TEXT,
  cause TEXT NOT NULL,
  restart INTEGER NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('restart', 'give-up', 'none')),
  delay_ms REAL,
  peak_memory_bytes INTEGER,
  cpu_ms REAL,
  core_dumped INTEGER NOT NULL CHECK (core_dumped IN (0, 1)),
  version TEXT NOT NULL,
  digest TEXT NOT NULL,
  capsule TEXT NOT NULL CHECK (json_valid(capsule))
) STRICT;
CREATE INDEX crashes_by_plugin ON crashes (plugin_id, id);

CREATE TABLE plugin_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  plugin_id TEXT,
  type TEXT NOT NULL,
  reason TEXT NOT NULL,
  actor TEXT CHECK (json_valid(actor)),
  details TEXT NOT NULL CHECK (json_valid(details))
) STRICT;
CREATE INDEX plugin_events_by_plugin ON plugin_events (plugin_id, id);

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  actor TEXT NOT NULL CHECK (json_valid(actor)),
  method TEXT NOT NULL,
  params TEXT NOT NULL CHECK (json_valid(params)),
  result TEXT NOT NULL CHECK (json_valid(result))
) STRICT;

CREATE TABLE plugin_kv (
  plugin_id TEXT NOT NULL,
  key TEXT NOT NULL,
  version INTEGER NOT NULL,
  expires_at INTEGER,
  bytes INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (plugin_id, key)
) STRICT;
CREATE INDEX plugin_kv_expiring ON plugin_kv (plugin_id, expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE plugin_kv_totals (
  plugin_id TEXT PRIMARY KEY,
  keys INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  version_floor INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** When somebody asked a run to end; NULL when nobody did. */
const STOP_ASKED = 'ALTER TABLE runs ADD COLUMN stop_asked_at TEXT;';

/** Totals that outlast the rows they count. What was there before the step is counted as far as it is kept. */
const TOTALS = `
CREATE TABLE plugin_totals (
  plugin_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  total REAL NOT NULL,
  PRIMARY KEY (plugin_id, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO plugin_totals SELECT plugin_id, 'crash:' || cause, count(*) FROM crashes GROUP BY plugin_id, cause;
INSERT INTO plugin_totals
  SELECT plugin_id, 'restarts', count(*) FROM plugin_events
  WHERE type = 'restarting' AND plugin_id IS NOT NULL GROUP BY plugin_id;
INSERT INTO plugin_totals
  SELECT plugin_id, 'runs', count(*) FROM runs WHERE ended_at IS NOT NULL GROUP BY plugin_id;
INSERT INTO plugin_totals
  SELECT plugin_id, 'lines', sum(lines) FROM runs WHERE lines IS NOT NULL GROUP BY plugin_id;
INSERT INTO plugin_totals
  SELECT plugin_id, 'cpu_ms', sum(cpu_ms) FROM runs WHERE cpu_ms IS NOT NULL GROUP BY plugin_id;
CREATE TRIGGER crash_counted AFTER INSERT ON crashes BEGIN
  INSERT INTO plugin_totals VALUES (NEW.plugin_id, 'crash:' || NEW.cause, 1)
    ON CONFLICT DO UPDATE SET total = total + 1;
END;
CREATE TRIGGER restart_counted AFTER INSERT ON plugin_events
  WHEN NEW.type = 'restarting' AND NEW.plugin_id IS NOT NULL BEGIN
  INSERT INTO plugin_totals VALUES (NEW.plugin_id, 'restarts', 1) ON CONFLICT DO UPDATE SET total = total + 1;
END;
CREATE TRIGGER run_counted AFTER UPDATE OF ended_at ON runs
  WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL BEGIN
  INSERT INTO plugin_totals VALUES (NEW.plugin_id, 'runs', 1) ON CONFLICT DO UPDATE SET total = total + 1;
  INSERT INTO plugin_totals VALUES (NEW.plugin_id, 'lines', coalesce(NEW.lines, 0))
    ON CONFLICT DO UPDATE SET total = total + excluded.total;
  INSERT INTO plugin_totals VALUES (NEW.plugin_id, 'cpu_ms', coalesce(NEW.cpu_ms, 0))
    ON CONFLICT DO UPDATE SET total = total + excluded.total;
END;
CREATE TRIGGER totals_forgotten AFTER DELETE ON plugins BEGIN
  DELETE FROM plugin_totals WHERE plugin_id = OLD.id;
END;
`;

/** What is remembered of each `[[schedule]]` of torud.toml; without a row it has never been seen. */
const SCHEDULES = `
CREATE TABLE schedules (
  name TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  looked_at TEXT NOT NULL,
  claimed_at TEXT,
  last_due_at TEXT,
  missed INTEGER NOT NULL,
  last_missed_at TEXT
) STRICT, WITHOUT ROWID;
`;

/** Positions count from 1 without a gap; that is kept by who writes them, all in one transaction. */
const QUICK_ACTIONS = `
CREATE TABLE quick_actions (
  name TEXT PRIMARY KEY,
  position INTEGER NOT NULL,
  title TEXT,
  script TEXT NOT NULL,
  args TEXT NOT NULL CHECK (json_valid(args)),
  icon TEXT,
  confirm TEXT,
  lock TEXT,
  timeout_ms REAL
) STRICT, WITHOUT ROWID;
`;

/** `seq` is the order of asking. `env` holds only what a queued task was given, and goes when it begins. */
const TASKS = `
CREATE TABLE task_history (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  script TEXT NOT NULL,
  args TEXT NOT NULL CHECK (json_valid(args)),
  env TEXT CHECK (json_valid(env)),
  name TEXT,
  lock TEXT,
  timeout_ms REAL,
  origin TEXT NOT NULL CHECK (origin IN ('run', 'schedule', 'action')),
  origin_name TEXT,
  actor TEXT CHECK (json_valid(actor)),
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'lost')),
  boot_id TEXT,
  ending TEXT CHECK (json_valid(ending)),
  queued_at TEXT NOT NULL,
  started_at TEXT,
  ended_at TEXT,
  exit_code INTEGER,
  signal TEXT,
  reason TEXT,
  output_bytes INTEGER NOT NULL,
  output_cut INTEGER NOT NULL CHECK (output_cut IN (0, 1)),
  output_segment INTEGER NOT NULL,
  peak_memory_bytes INTEGER,
  cpu_ms REAL,
  CHECK ((ended_at IS NULL) = (state IN ('queued', 'running')))
) STRICT;
CREATE INDEX task_history_by_origin ON task_history (origin, origin_name, seq);
CREATE INDEX task_history_open ON task_history (seq) WHERE ended_at IS NULL;
CREATE INDEX task_history_ended ON task_history (seq) WHERE ended_at IS NOT NULL;
CREATE INDEX task_history_by_script ON task_history (script, seq);
`;

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, sql: FIRST },
  { version: 2, sql: STOP_ASKED },
  { version: 3, sql: TOTALS },
  { version: 4, sql: TASKS },
  { version: 5, sql: SCHEDULES },
  { version: 6, sql: QUICK_ACTIONS },
];

/** The schema version that this build knows. */
export const SCHEMA_VERSION = MIGRATIONS.reduce((highest, step) => Math.max(highest, step.version), 0);

/** PRAGMA application_id: "toru" in ASCII, by which file(1) and torud know the file. */
export const APPLICATION_ID = 0x746f7275;
