/** Table task_history: what is kept of tasks, and for how long. */

import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/daemon/store/migrations.ts';
import { type TaskRecord, TaskStore } from '../../src/daemon/store/task-store.ts';
import { newTask } from '../../src/daemon/tasks/task-record.ts';
import { Scratch, unwrap } from './store-scratch.ts';

function at(second: number): string {
  return `2026-03-01T12:00:${String(second).padStart(2, '0')}.000000Z`;
}

function taskNumber(n: number, more: Partial<TaskRecord> = {}): TaskRecord {
  const id = `0195${String(n).padStart(4, '0')}-0000-7000-8000-000000000000`;
  return { ...newTask(id, 'a.sh', at(n)), ...more };
}

function ended(n: number, more: Partial<TaskRecord> = {}): TaskRecord {
  return taskNumber(n, { state: 'done', exitCode: 0, startedAt: at(n), endedAt: at(n), ...more });
}

function filled(records: readonly TaskRecord[]): {
  readonly store: TaskStore;
  readonly save: (record: TaskRecord) => void;
  readonly prune: TaskStore['prune'];
} {
  const database = new Scratch().open();
  const store = new TaskStore(database);
  const save = (record: TaskRecord): void => unwrap(database.transaction(() => store.save(record)));
  for (const record of records) save(record);
  const prune: TaskStore['prune'] = (...about) => unwrap(database.transaction(() => store.prune(...about)));
  return { store, save, prune };
}

function ids(records: Iterable<TaskRecord>): readonly number[] {
  return [...records].map((record) => Number(record.id.slice(4, 8)));
}

describe('the history of tasks', () => {
  test('keeps a task as it is, through each of its changes', () => {
    const whole = taskNumber(1, {
      args: ['a b', 'é\n'],
      env: { A: '1' },
      name: 'n',
      lock: 'l',
      timeoutMs: 1.5,
      origin: { kind: 'schedule', schedule: 'nightly' },
      actor: { kind: 'user', uid: 7, name: 'ann' },
    });
    const { store, save } = filled([whole]);
    expect(store.get(whole.id)).toEqual(whole);
    const running: TaskRecord = {
      ...whole,
      state: 'running',
      bootId: 'b',
      startedAt: at(2),
      ending: { kind: 'cancel', actor: null, force: true },
    };
    save(running);
    expect(store.get(whole.id)).toEqual(running);
    const done: TaskRecord = {
      ...running,
      env: null,
      state: 'failed',
      endedAt: at(3),
      exitCode: 4,
      signal: 'SIGX',
      reason: 'r',
      outputBytes: 5,
      outputCut: true,
      outputSegment: 6,
      peakMemoryBytes: 7,
      cpuMs: 8.5,
    };
    save(done);
    expect(store.get(whole.id)).toEqual(done);
    expect(store.newestOf({ kind: 'schedule', schedule: 'nightly' })).toEqual(done);
    expect(store.newestOf({ kind: 'action', action: 'nightly' })).toBeUndefined();
  });

  test('lists the newest first, by state, script, time and page', () => {
    const { store } = filled([
      ended(1),
      ended(2, { state: 'failed' }),
      ended(3, { script: 'b.sh' }),
      taskNumber(4),
      ended(5),
    ]);
    expect(ids(store.list({}))).toEqual([5, 4, 3, 2, 1]);
    expect(ids(store.list({ states: ['done'] }))).toEqual([5, 3, 1]);
    expect(ids(store.list({ script: 'b.sh' }))).toEqual([3]);
    expect(ids(store.list({ since: '2026-03-01T12:00:02Z', until: at(4) }))).toEqual([4, 3, 2]);
    expect(ids(store.list({ beforeId: taskNumber(3).id }))).toEqual([2, 1]);
    expect(ids(store.open())).toEqual([4]);
    expect(store.idsWith('01950003', 9)).toEqual([taskNumber(3).id]);
    expect(store.idsWith('0195000', 3)).toHaveLength(3);
    expect(store.idsWith('0196', 3)).toEqual([]);
  });

  test('goes on behind a task that is gone', () => {
    const { store, prune } = filled([ended(1), ended(2), ended(3), ended(4)]);
    prune(2, at(0), 9);
    expect(ids(store.list({ beforeId: taskNumber(2).id }))).toEqual([]);
    expect(ids(store.list({ beforeId: taskNumber(4).id }))).toEqual([3]);
  });

  test('lets go of ended tasks that are too many or too old, and never of one without an end', () => {
    const { store, prune } = filled([
      taskNumber(1),
      ended(2, { outputSegment: 3 }),
      ended(3),
      ended(4),
      ended(5),
    ]);
    expect(prune(9, at(3), 9)).toEqual([{ id: taskNumber(2).id, outputSegment: 3 }]);
    expect(prune(1, at(0), 1).map((one) => one.id)).toEqual([taskNumber(3).id]);
    expect(prune(1, at(0), 9).map((one) => one.id)).toEqual([taskNumber(4).id]);
    expect(prune(1, at(0), 9)).toEqual([]);
    expect(ids(store.list({}))).toEqual([5, 1]);
    expect(prune(0, at(0), 9).map((one) => one.id)).toEqual([taskNumber(5).id]);
  });
});

test('migration 4 makes the table, and its queries use an index', () => {
  const database = new DatabaseSync(':memory:');
  for (const step of MIGRATIONS.slice(0, 4)) database.exec(step.sql);
  for (const query of [
    'SELECT * FROM task_history WHERE ended_at IS NULL ORDER BY seq',
    "SELECT * FROM task_history WHERE origin = 'run' AND origin_name IS NULL ORDER BY seq DESC LIMIT 1",
    "SELECT * FROM task_history WHERE script = 'a' ORDER BY seq DESC",
    "SELECT id FROM task_history WHERE id >= 'a' AND id < 'b' ORDER BY id DESC",
    'SELECT seq FROM task_history WHERE ended_at IS NOT NULL ORDER BY seq DESC LIMIT 1 OFFSET 5',
  ]) {
    const text = database
      .prepare(`EXPLAIN QUERY PLAN ${query}`)
      .all()
      .map((step) => step.detail)
      .join('; ');
    expect(text, query).toMatch(/USING (COVERING )?INDEX/);
    expect(text, query).not.toContain('TEMP B-TREE');
  }
  const insert =
    "INSERT INTO task_history (id, script, args, origin, state, queued_at, ended_at, output_bytes, output_cut, output_segment) VALUES ('x', 's', '[]', 'run', ?, '', ?, 0, 0, 0)";
  expect(() => database.prepare(insert).run('running', 'an end')).toThrow();
  expect(() => database.prepare(insert).run('done', null)).toThrow();
  expect(() => database.prepare(insert).run('vanished', 'an end')).toThrow();
  database.close();
});
