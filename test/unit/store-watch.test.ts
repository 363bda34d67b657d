/** What torud finds out about its database by itself, and when it looks. */

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished, vi } from 'vitest';
import { KvStore } from '../../src/daemon/data/kv.ts';
import type { Database } from '../../src/daemon/store/database.ts';
import { InstanceSettings } from '../../src/daemon/store/instance-settings.ts';
import { rebuild } from '../../src/daemon/store/open-database.ts';
import { StoreWatch } from '../../src/daemon/store/store-watch.ts';
import { TaskStore } from '../../src/daemon/store/task-store.ts';
import { newTask } from '../../src/daemon/tasks/task-record.ts';
import { type Result, success } from '../../src/protocol/result.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';
import { failureOf, Scratch, unwrap } from './store-scratch.ts';

const QUOTA = { maxKeys: 100, maxBytes: 100_000_000 };

function openWatched() {
  const scratch = new Scratch();
  const database = scratch.open();
  const clock = new VirtualClock();
  const mended: string[] = [];
  const watch: StoreWatch = new StoreWatch(database, clock, scratch.log, () => {
    mended.push(watch.problem() ?? '');
    return success(undefined);
  });
  watch.open();
  onTestFinished(() => watch.close());
  const write = () =>
    database.transaction(() => new InstanceSettings(database).set('note', 'x'), { durable: true });
  return { scratch, database, clock, watch, write, mended };
}

it('no timer runs while all is well, one each second while something is wrong, none afterwards', () => {
  const { scratch, clock, watch, write } = openWatched();
  expect(clock.timerCount).toBe(0);
  const other = new DatabaseSync(scratch.file);
  other.exec('BEGIN IMMEDIATE');
  expect(failureOf(write()).kind).toBe('locked');
  expect(watch.problem()).toContain('another process holds it');
  expect(clock.nextDelayMs).toBe(1_000);
  clock.advance(5_000);
  expect(watch.problem()).toContain('another process holds it');
  expect(clock.timerCount).toBe(1);
  expect(scratch.log.events()).toEqual(['database-unusable']);
  other.exec('ROLLBACK');
  other.close();
  clock.advance(1_000);
  expect(watch.problem()).toBeUndefined();
  expect(clock.timerCount).toBe(0);
  expect(scratch.log.events()).toEqual(['database-unusable', 'database-usable-again']);
});

it('a deleted file is put back as soon as the kernel tells of it, with what was acknowledged', async () => {
  const { scratch, database, write } = openWatched();
  unwrap(write());
  rmSync(scratch.file);
  await vi.waitFor(() => expect(scratch.log.events()).toContain('database-put-back'), { timeout: 10_000 });
  expect(existsSync(scratch.file)).toBe(true);
  unwrap(database.close());
  expect(new InstanceSettings(scratch.open()).get('note')).toBe('x');
});

it('a database that is made anew keeps its instance id and what can be read of the old one', () => {
  const { scratch, database, write } = openWatched();
  unwrap(write());
  const kv = new KvStore(database, scratch.clock);
  unwrap(kv.set('a', { key: 'k', value: 'v' }, QUOTA));
  const id = new InstanceSettings(database).instanceId();
  const tasks = new TaskStore(database);
  const task = { ...newTask('01950001-0000-7000-8000-000000000000', 'a.sh', ''), args: ['x'] };
  unwrap(database.transaction(() => tasks.save({ ...task, env: { SECRET: 's' } })));
  const made = unwrap(rebuild(database, scratch, 'its content is damaged', id));
  expect(made.salvaged).toMatchObject({ plugin_kv: 1, task_history: 1 });
  expect(tasks.get(task.id)).toEqual(task);
  expect(existsSync(made.path)).toBe(true);
  expect(new InstanceSettings(database).instanceId()).toBe(id);
  expect(unwrap(kv.get('a', 'k'))).toMatchObject({ value: 'v' });
  unwrap(write());
});

it('a database that cannot be made anew stays where it was, and is opened again by itself', () => {
  const { scratch, database, clock, watch, write } = openWatched();
  unwrap(write());
  const id = new InstanceSettings(database).instanceId();
  const before = readdirSync(scratch.folder).filter((name) => !name.endsWith('-shm'));
  const { failure } = failOnce(database, () => rebuild(database, scratch, 'damaged', id));
  expect(failure?.kind).toBe('full');
  expect(database.isOpen).toBe(false);
  expect(failureOf(write()).kind).toBe('io');
  expect(readdirSync(scratch.folder)).toEqual(
    expect.arrayContaining(before.filter((name) => !name.endsWith('-wal'))),
  );
  clock.advance(1_000);
  expect(watch.problem()).toBeUndefined();
  expect(new InstanceSettings(database).get('note')).toBe('x');
  expect(new InstanceSettings(database).instanceId()).toBe(id);
  unwrap(write());
});

/** The disk is full when the database is to be opened anew: no real disk can be made to fail at just that step. */
function failOnce<Failure>(
  database: Database,
  work: () => Result<unknown, Failure>,
): { readonly failure: Failure | undefined } {
  const real = database.reconnect;
  database.reconnect = () => {
    throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'open' });
  };
  const done = work();
  database.reconnect = real;
  return { failure: done.ok ? undefined : done.failure };
}
