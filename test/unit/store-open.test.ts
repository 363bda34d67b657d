import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { KvStore } from '../../src/daemon/data/kv.ts';
import { InstanceSettings } from '../../src/daemon/store/instance-settings.ts';
import { SCHEMA_VERSION } from '../../src/daemon/store/migrations.ts';
import { PluginStore } from '../../src/daemon/store/plugin-store.ts';
import { type QuickActionRecord, QuickActionStore } from '../../src/daemon/store/quick-action-store.ts';
import { RunStore } from '../../src/daemon/store/run-store.ts';
import { type ScheduleRecord, ScheduleStore } from '../../src/daemon/store/schedule-store.ts';
import { newRun, pluginRecord } from './store-rows.ts';
import { failureOf, Scratch, unwrap } from './store-scratch.ts';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const QUOTA = { maxKeys: 10_000, maxBytes: 10_000_000 };

/** A closed database with an enabled plugin, an open run and 200 keys. */
function filled(): Scratch {
  const scratch = new Scratch();
  const database = scratch.open();
  unwrap(
    database.transaction(() => {
      new PluginStore(database).save(pluginRecord('clock', { enabled: true }));
      new RunStore(database).begin(newRun('clock'));
    }),
  );
  const kv = new KvStore(database, scratch.clock);
  for (let n = 0; n < 200; n++) {
    unwrap(kv.set('clock', { key: `key-${n}`, value: `${n}:${'x'.repeat(500)}` }, QUOTA));
  }
  unwrap(database.close());
  return scratch;
}

function instanceIdOf(scratch: Scratch): string {
  const database = scratch.open();
  const id = new InstanceSettings(database).instanceId();
  unwrap(database.close());
  return id;
}

function overwrite(file: string, offset: number, bytes: Buffer): void {
  const content = readFileSync(file);
  bytes.copy(content, offset);
  writeFileSync(file, content);
}

describe('opening', () => {
  it('makes a database where there is none, with an instance id that stays', () => {
    const scratch = new Scratch();
    const id = instanceIdOf(scratch);
    expect(id).toMatch(UUID_V4);
    expect(instanceIdOf(scratch)).toBe(id);
    expect(instanceIdOf(new Scratch())).not.toBe(id);
  });

  it('takes an empty file for a new database', () => {
    const scratch = new Scratch();
    writeFileSync(scratch.file, '');
    const opened = scratch.openWhole();
    expect(opened.setAside).toBeUndefined();
    expect(new InstanceSettings(opened.database).instanceId()).toMatch(UUID_V4);
  });

  it('makes the mode of a file that others may read 0600', () => {
    const scratch = new Scratch();
    writeFileSync(scratch.file, '', { mode: 0o644 });
    scratch.open();
    expect(statSync(scratch.file).mode & 0o777).toBe(0o600);
  });

  it('says that the folder is missing', () => {
    const scratch = new Scratch();
    rmSync(scratch.folder, { recursive: true });
    expect(failureOf(scratch.tryOpen())).toMatchObject({ kind: 'unwritable', path: scratch.file });
  });

  it('says that the file is a folder', () => {
    const scratch = new Scratch();
    mkdirSync(scratch.file);
    expect(failureOf(scratch.tryOpen())).toMatchObject({ kind: 'unwritable', path: scratch.file });
  });
});

describe('a database of a newer torud', () => {
  it('is refused, both versions are named, and no byte is touched', () => {
    const scratch = filled();
    const raw = new DatabaseSync(scratch.file);
    raw.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 41}`);
    raw.close();
    const before = readFileSync(scratch.file);
    const names = readdirSync(scratch.folder);
    const refusal = failureOf(scratch.tryOpen());
    expect(refusal).toMatchObject({ kind: 'newer', path: scratch.file });
    expect(refusal.message).toContain(`version ${SCHEMA_VERSION + 41}`);
    expect(refusal.message).toContain(`up to ${SCHEMA_VERSION} only`);
    expect(refusal.message).not.toContain('\n');
    expect(readFileSync(scratch.file).equals(before)).toBe(true);
    expect(readdirSync(scratch.folder)).toEqual(names);
  });

  it('that was killed is refused with its write-ahead log as it was', () => {
    const scratch = filled();
    const raw = new DatabaseSync(scratch.file);
    raw.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}; PRAGMA wal_checkpoint`);
    raw.exec("INSERT INTO settings VALUES ('later', '1')");
    const before = readFileSync(`${scratch.file}-wal`);
    copyFileSync(scratch.file, `${scratch.folder}/copy`);
    raw.close();
    copyFileSync(`${scratch.folder}/copy`, scratch.file);
    writeFileSync(`${scratch.file}-wal`, before);
    expect(failureOf(scratch.tryOpen()).kind).toBe('newer');
    expect(readFileSync(`${scratch.file}-wal`).equals(before)).toBe(true);
  });

  it('is refused as well when only its write-ahead log has the newer version', () => {
    const scratch = filled();
    const raw = new DatabaseSync(scratch.file);
    raw.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    for (const suffix of ['', '-wal'])
      copyFileSync(`${scratch.file}${suffix}`, `${scratch.folder}/copy${suffix}`);
    raw.close();
    for (const suffix of ['', '-wal'])
      copyFileSync(`${scratch.folder}/copy${suffix}`, `${scratch.file}${suffix}`);
    expect(failureOf(scratch.tryOpen()).kind).toBe('newer');
    expect(readdirSync(scratch.folder).filter((name) => name.includes('damaged'))).toEqual([]);
  });
});

describe('a damaged database', () => {
  const damages: readonly [string, (file: string) => void][] = [
    ['random bytes', (file) => writeFileSync(file, randomBytes(20_000))],
    ['a short text', (file) => writeFileSync(file, 'hello\n')],
    ['truncated in the middle', (file) => truncateSync(file, Math.floor(statSync(file).size / 2) - 100)],
    ['truncated to its header', (file) => truncateSync(file, 100)],
    ['a schema version that cannot be', (file) => overwrite(file, 60, Buffer.from([0xca, 0xfe, 0xba, 0xbe]))],
    ['a schema version before its own', (file) => overwrite(file, 60, Buffer.alloc(4))],
    ['an unknown file format', (file) => overwrite(file, 18, Buffer.from([9, 9]))],
    ['half a page of its schema overwritten', (file) => overwrite(file, 2048, randomBytes(2048))],
    [
      'zeros over half of each page after the sixth',
      (file) => {
        const size = statSync(file).size;
        for (let at = 6 * 4096; at < size; at += 4096) overwrite(file, at, Buffer.alloc(2048));
      },
    ],
  ];

  it.each(damages)('(%s) is set aside whole, and a fresh one made', (_title, damage) => {
    const scratch = filled();
    damage(scratch.file);
    const bad = readFileSync(scratch.file);
    const { database, setAside } = scratch.openWhole();
    expect(setAside?.path).toBe(`${scratch.file}.damaged-20261108T162000Z`);
    expect(setAside?.reason).not.toContain('\n');
    expect(readFileSync(String(setAside?.path)).equals(bad)).toBe(true);
    expect(new InstanceSettings(database).instanceId()).toMatch(UUID_V4);
    const kv = new KvStore(database, scratch.clock);
    expect(kv.set('clock', { key: 'new', value: '1' }, QUOTA).ok).toBe(true);
    unwrap(database.close());
    expect(scratch.openWhole().setAside).toBeUndefined();
  });

  it('gives over what can still be read: instance id, plugins, runs and keys, none of them changed', () => {
    const scratch = filled();
    const id = instanceIdOf(scratch);
    const size = statSync(scratch.file).size;
    overwrite(scratch.file, size - 3 * 4096, Buffer.alloc(4096));
    const { database, setAside } = scratch.openWhole();
    expect(new InstanceSettings(database).instanceId()).toBe(id);
    expect(new PluginStore(database).all()).toEqual([pluginRecord('clock', { enabled: true })]);
    expect(new RunStore(database).open()).toMatchObject([{ id: 1, plugin: 'clock' }]);
    const kept = unwrap(new KvStore(database, scratch.clock).entries('clock'));
    expect(kept.length).toBe(setAside?.salvaged.plugin_kv);
    expect(kept.length).toBeGreaterThan(10);
    for (const { key } of kept) {
      const { value } = unwrap(new KvStore(database, scratch.clock).get('clock', key));
      expect(value).toBe(`${key.slice('key-'.length)}:${'x'.repeat(500)}`);
    }
  });

  it('gives over quick actions and the memory of schedules', () => {
    const scratch = filled();
    const before = scratch.open();
    const action: QuickActionRecord = {
      name: 'deploy',
      title: null,
      script: 'deploy.sh',
      args: ['now'],
      icon: '🔄',
      confirm: 'Sure?',
      lock: null,
      timeoutMs: 5_000,
    };
    const memory: ScheduleRecord = {
      name: 'nightly',
      digest: 'd',
      lookedAt: Date.UTC(2026, 10, 8, 3, 15),
      claimedAt: null,
      lastDueAt: Date.UTC(2026, 10, 8, 3, 15),
      missed: 2,
      lastMissedAt: null,
    };
    unwrap(
      before.transaction(() => {
        new QuickActionStore(before).replaceAll([action]);
        new ScheduleStore(before).save(memory);
      }),
    );
    unwrap(before.close());
    overwrite(scratch.file, statSync(scratch.file).size - 3 * 4096, Buffer.alloc(4096));
    const { database, setAside } = scratch.openWhole();
    expect(setAside?.salvaged).toMatchObject({ quick_actions: 1, schedules: 1 });
    expect(new QuickActionStore(database).all()).toEqual([action]);
    expect(new ScheduleStore(database).all()).toEqual([memory]);
  });

  it('gives over keys with versions that are not used again', () => {
    const scratch = filled();
    overwrite(scratch.file, statSync(scratch.file).size - 3 * 4096, Buffer.alloc(4096));
    const { database } = scratch.openWhole();
    const kv = new KvStore(database, scratch.clock);
    const entries = unwrap(kv.entries('clock'));
    const first = entries[0]?.key ?? '';
    expect(unwrap(kv.set('clock', { key: first, value: 'x' }, QUOTA)).version).toBe(2);
    unwrap(kv.delete('clock', first));
    expect(unwrap(kv.set('clock', { key: first, value: 'x' }, QUOTA)).version).toBeGreaterThan(1000);
    expect(unwrap(kv.set('clock', { key: 'never-seen', value: 'x' }, QUOTA)).version).toBeGreaterThan(1000);
  });

  it('of no bytes beside a write-ahead log with content is set aside with that log', () => {
    const scratch = filled();
    writeFileSync(scratch.file, '');
    writeFileSync(`${scratch.file}-wal`, 'frames of a lost database');
    const { setAside } = scratch.openWhole();
    expect(setAside?.reason).toContain('write-ahead log');
    expect(readFileSync(`${setAside?.path}-wal`, 'utf8')).toBe('frames of a lost database');
  });

  it("that is another program's is set aside", () => {
    const scratch = new Scratch();
    const raw = new DatabaseSync(scratch.file);
    raw.exec('CREATE TABLE recipes (name TEXT)');
    raw.close();
    const { setAside } = scratch.openWhole();
    expect(setAside?.reason).toContain('not one of torud');
  });

  it('does not take the name of an older one', () => {
    const scratch = new Scratch();
    for (const content of ['first', 'second']) {
      writeFileSync(scratch.file, content);
      unwrap(scratch.openWhole().database.close());
    }
    expect(readFileSync(`${scratch.file}.damaged-20261108T162000Z`, 'utf8')).toBe('first');
    expect(readFileSync(`${scratch.file}.damaged-20261108T162000Z.2`, 'utf8')).toBe('second');
  });

  it('with a torn end of its write-ahead log is not damaged: the last whole transaction counts', () => {
    const scratch = new Scratch();
    const database = scratch.open();
    unwrap(database.transaction(() => new InstanceSettings(database).set('whole', '1')));
    const length = statSync(`${scratch.file}-wal`).size;
    unwrap(database.transaction(() => new InstanceSettings(database).set('torn', '1')));
    const copy = new Scratch();
    copyFileSync(scratch.file, copy.file);
    copyFileSync(`${scratch.file}-wal`, `${copy.file}-wal`);
    truncateSync(`${copy.file}-wal`, length + 1000);
    const opened = copy.openWhole();
    expect(opened.setAside).toBeUndefined();
    const settings = new InstanceSettings(opened.database);
    expect([settings.get('whole'), settings.get('torn')]).toEqual(['1', undefined]);
    expect(existsSync(`${copy.folder}/reserve`)).toBe(true);
  });
});

it('the instance id stays the same when nothing of the database can be read', () => {
  const scratch = new Scratch();
  const first = scratch.open();
  const id = new InstanceSettings(first).instanceId();
  unwrap(first.close());
  writeFileSync(scratch.file, 'junk '.repeat(2000));
  expect(new InstanceSettings(scratch.open()).instanceId()).toBe(id);
});
