import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { InstanceSettings } from '../../src/daemon/store/instance-settings.ts';
import { APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION } from '../../src/daemon/store/migrations.ts';
import { migrate } from '../../src/daemon/store/open-database.ts';
import { Scratch, unwrap } from './store-scratch.ts';

describe('the migrations', () => {
  it('count up from 1 without a gap', () => {
    expect(MIGRATIONS.map((step) => step.version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
    expect(SCHEMA_VERSION).toBe(MIGRATIONS.length);
  });

  it('1 makes the tables, all of them strict', () => {
    const database = new DatabaseSync(':memory:');
    database.exec(MIGRATIONS[0]?.sql ?? '');
    const tables = database.prepare("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").all();
    const ours = tables.filter((table) => !String(table.name).startsWith('sqlite_'));
    expect(ours.map((table) => table.name).sort()).toEqual(
      [
        'audit',
        'crashes',
        'plugin_events',
        'plugin_kv',
        'plugin_kv_totals',
        'plugins',
        'runs',
        'settings',
      ].sort(),
    );
    expect(ours.every((table) => table.strict === 1)).toBe(true);
    database.close();
  });

  it('1 lets the queries that grow with the tables use an index', () => {
    const database = new DatabaseSync(':memory:');
    database.exec(MIGRATIONS[0]?.sql ?? '');
    for (const query of [
      'SELECT * FROM runs WHERE ended_at IS NULL ORDER BY id',
      "SELECT * FROM runs WHERE plugin_id = 'a' ORDER BY id DESC LIMIT 1",
      "SELECT * FROM crashes WHERE plugin_id = 'a' ORDER BY id DESC LIMIT 1",
      "SELECT id FROM plugin_events WHERE plugin_id IS 'a' ORDER BY id DESC LIMIT 1",
      "SELECT key FROM plugin_kv WHERE plugin_id = 'a' AND key >= 'b' AND key > 'c' ORDER BY key",
      "SELECT 1 FROM plugin_kv WHERE plugin_id = 'a' AND expires_at IS NOT NULL AND expires_at <= 5",
    ]) {
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${query}`).all();
      const text = plan.map((step) => step.detail).join('; ');
      expect(text, query).toMatch(/USING (COVERING )?INDEX/);
      expect(text, query).not.toContain('TEMP B-TREE');
    }
    database.close();
  });

  it('3 counts what was kept before it, and goes on counting when those rows are deleted', () => {
    const database = new DatabaseSync(':memory:');
    const [, , third] = MIGRATIONS;
    for (const step of MIGRATIONS.slice(0, 2)) database.exec(step.sql);
    const crash = `INSERT INTO crashes (plugin_id, run_id, at, uptime_ms, cause, restart, verdict, core_dumped, version,
      digest, capsule) VALUES ('a', 1, '', 0, 'oom', 0, 'none', 0, '', '', '{}');`;
    const restart =
      "INSERT INTO plugin_events (at, plugin_id, type, reason, details) VALUES ('', 'a', 'restarting', '', '{}');";
    const begun =
      "INSERT INTO runs (plugin_id, version, digest, settings, boot_id, started_at) VALUES ('a', '', '', '{}', '', '');";
    const ended =
      "UPDATE runs SET ended_at = '', cause = 'done', lines = 7, cpu_ms = 1.5 WHERE ended_at IS NULL;";
    const removed = 'DELETE FROM crashes; DELETE FROM plugin_events; DELETE FROM runs;';
    database.exec(crash + restart + begun + ended);
    database.exec(third?.sql ?? '');
    database.exec(crash + restart + begun + ended + begun + removed);
    const totals = database.prepare('SELECT kind, total FROM plugin_totals ORDER BY kind').all();
    expect(totals.map(({ kind, total }) => [kind, total])).toEqual([
      ['cpu_ms', 3],
      ['crash:oom', 2],
      ['lines', 14],
      ['restarts', 2],
      ['runs', 2],
    ]);
    database.exec(
      "INSERT INTO plugins VALUES ('a', 0, NULL, NULL, 'down', '', '{}', NULL, 0, NULL, '', ''); DELETE FROM plugins",
    );
    expect(database.prepare('SELECT * FROM plugin_totals').all()).toEqual([]);
    database.close();
  });

  it('4 to 6 make the tables of tasks, schedules and quick actions, all of them strict', () => {
    const database = new DatabaseSync(':memory:');
    const tables = () =>
      database.prepare("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").all();
    for (const step of MIGRATIONS.slice(0, 3)) database.exec(step.sql);
    const before = new Set(tables().map(({ name }) => name));
    for (const step of MIGRATIONS.slice(3, 6)) database.exec(step.sql);
    const made = tables().filter(({ name }) => !before.has(name) && !String(name).startsWith('sqlite_'));
    expect(made.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['task_history', 'schedules', 'quick_actions']),
    );
    expect(made.every(({ strict }) => strict === 1)).toBe(true);
    const wrong = "INSERT INTO quick_actions (name, position, script, args) VALUES ('a', 1, 's', 'no json')";
    expect(() => database.exec(wrong)).toThrow(/CHECK/);
    database.close();
  });

  it('leave the version in the header, the settings, and the name of the owner', () => {
    const database = new Scratch().open();
    expect(database.row('PRAGMA user_version')).toEqual({ user_version: SCHEMA_VERSION });
    expect(database.row('PRAGMA application_id')).toEqual({ application_id: APPLICATION_ID });
    expect(new InstanceSettings(database).get('schema_version')).toBe(String(SCHEMA_VERSION));
  });

  it('are made once: a second opening changes nothing', () => {
    const scratch = new Scratch();
    unwrap(scratch.open().close());
    const raw = new DatabaseSync(scratch.file);
    raw.exec('DROP INDEX runs_open');
    raw.close();
    const { database, setAside } = scratch.openWhole();
    expect(setAside).toBeUndefined();
    expect(database.row("SELECT 1 FROM sqlite_schema WHERE name = 'runs_open'")).toBeUndefined();
  });

  it('leave nothing behind when a step fails half-way', () => {
    const database = new Scratch().open();
    const broken = { version: SCHEMA_VERSION + 1, sql: 'CREATE TABLE half (x) STRICT; CREATE NONSENSE' };
    expect(() => migrate(database, broken)).toThrow();
    expect(database.row('PRAGMA user_version')).toEqual({ user_version: SCHEMA_VERSION });
    expect(database.row("SELECT 1 FROM sqlite_schema WHERE name = 'half'")).toBeUndefined();
  });

  it('can be added to a database with content', () => {
    const database = new Scratch().open();
    const id = new InstanceSettings(database).instanceId();
    const next = { version: SCHEMA_VERSION + 1, sql: 'CREATE TABLE later (x INTEGER) STRICT' };
    unwrap(migrate(database, next));
    expect(database.row('PRAGMA user_version')).toEqual({ user_version: SCHEMA_VERSION + 1 });
    expect(new InstanceSettings(database).instanceId()).toBe(id);
  });
});
