import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KvStore } from '../../src/daemon/data/kv.ts';
import type { Database } from '../../src/daemon/store/database.ts';
import { failureOf, Scratch, unwrap } from './store-scratch.ts';

const QUOTA = { maxKeys: 1_000, maxBytes: 1_000_000 };

interface Rig {
  readonly scratch: Scratch;
  readonly database: Database;
  readonly kv: KvStore;
  readonly set: (key: string, value: string, more?: { ttlMs?: number; ifVersion?: number }) => number;
}

function rig(): Rig {
  const scratch = new Scratch();
  const database = scratch.open();
  const kv = new KvStore(database, scratch.clock);
  const set: Rig['set'] = (key, value, more) => unwrap(kv.set('a', { key, value, ...more }, QUOTA)).version;
  return { scratch, database, kv, set };
}

describe('versions', () => {
  it('begin at 1 for each key and grow by 1', () => {
    const { set } = rig();
    expect([set('x', '1'), set('x', '2'), set('y', '1'), set('x', '2')]).toEqual([1, 2, 1, 3]);
  });

  it('of a deleted key are not used again', () => {
    const { kv, set } = rig();
    set('x', '1');
    set('x', '2');
    unwrap(kv.delete('a', 'x'));
    expect(unwrap(kv.get('a', 'x'))).toEqual({ value: null, version: 0 });
    expect(set('x', '3')).toBe(3);
    expect(failureOf(kv.set('a', { key: 'x', value: '4', ifVersion: 2 }, QUOTA)).code).toBe('conflict');
  });

  it('of an expired key are not used again, also when the database was opened anew', () => {
    const { scratch, database, set } = rig();
    set('x', '1');
    set('x', '2', { ttlMs: 10 });
    unwrap(database.close());
    scratch.clock.advance(10);
    const again = new KvStore(scratch.open(), scratch.clock);
    expect(unwrap(again.set('a', { key: 'x', value: '3' }, QUOTA)).version).toBe(3);
  });

  it('are foretold by a preview, which stores nothing', () => {
    const { scratch, kv, set } = rig();
    const preview = (value: string, more: { ifVersion?: number } = {}, quota = QUOTA) =>
      kv.previewSet('a', { key: 'x', value, ...more }, quota);
    expect(unwrap(preview('1')).version).toBe(1);
    expect(unwrap(kv.get('a', 'x')).version).toBe(0);
    set('x', '1', { ttlMs: 10 });
    expect(unwrap(preview('2')).version).toBe(2);
    expect(failureOf(preview('2', { ifVersion: 7 })).code).toBe('conflict');
    scratch.clock.advance(10);
    expect(unwrap(preview('3', { ifVersion: 0 })).version).toBe(set('x', '3', { ifVersion: 0 }));
    expect(failureOf(preview('x'.repeat(100), {}, { maxKeys: 1, maxBytes: 50 })).code).toBe('too_large');
    expect(unwrap(kv.get('a', 'x'))).toEqual({ value: '3', version: 2 });
  });

  it('of one plugin do not depend on those of another', () => {
    const { kv, set } = rig();
    set('x', '1');
    set('x', '2');
    unwrap(kv.delete('a', 'x'));
    expect(unwrap(kv.set('b', { key: 'x', value: '1' }, QUOTA)).version).toBe(1);
  });
});

describe('if_version', () => {
  it('lets only the expected version be replaced', () => {
    const { kv, set } = rig();
    set('x', '1');
    expect(set('x', '2', { ifVersion: 1 })).toBe(2);
    const refusal = failureOf(kv.set('a', { key: 'x', value: '3', ifVersion: 1 }, QUOTA));
    expect(refusal).toEqual({ code: 'conflict', message: 'expected version 1, but the stored version is 2' });
    expect(unwrap(kv.get('a', 'x'))).toEqual({ value: '2', version: 2 });
  });

  it('0 means that there must be no such key; an expired one is none', () => {
    const { scratch, kv, set } = rig();
    expect(set('x', '1', { ifVersion: 0, ttlMs: 100 })).toBe(1);
    expect(failureOf(kv.set('a', { key: 'x', value: '2', ifVersion: 0 }, QUOTA)).code).toBe('conflict');
    scratch.clock.advance(100);
    expect(set('x', '2', { ifVersion: 0 })).toBe(2);
    expect(failureOf(kv.set('a', { key: 'y', value: '1', ifVersion: 3 }, QUOTA)).message).toBe(
      'expected version 3, but there is no such key',
    );
  });
});

describe('time to live', () => {
  it('ends to the millisecond, for every way to look', () => {
    const { scratch, kv, set } = rig();
    set('x', '1', { ttlMs: 100 });
    scratch.clock.advance(99);
    expect(unwrap(kv.get('a', 'x')).value).toBe('1');
    expect(unwrap(kv.entries('a'))).toEqual([
      { key: 'x', version: 1, valueBytes: 1, expiresAt: '2026-11-08T16:20:00.100000Z' },
    ]);
    scratch.clock.advance(1);
    expect(unwrap(kv.get('a', 'x'))).toEqual({ value: null, version: 0 });
    expect(unwrap(kv.list('a')).keys).toEqual([]);
    expect(unwrap(kv.entries('a'))).toEqual([]);
    expect(unwrap(kv.delete('a', 'x'))).toEqual({ deleted: false });
  });

  it('is removed by a set without one', () => {
    const { scratch, kv, set } = rig();
    set('x', '1', { ttlMs: 100 });
    set('x', '2');
    scratch.clock.advance(1000);
    expect(unwrap(kv.get('a', 'x')).value).toBe('2');
  });

  it('leaves no rows behind once the plugin lists', () => {
    const { scratch, database, kv, set } = rig();
    for (let n = 0; n < 10; n++) set(`k${n}`, 'v', { ttlMs: 5 });
    scratch.clock.advance(5);
    unwrap(kv.list('a'));
    expect(database.row('SELECT count(*) AS n FROM plugin_kv')).toEqual({ n: 0 });
  });
});

describe('quotas', () => {
  it('limit keys, and free them again by delete and expiry', () => {
    const { scratch, kv } = rig();
    const quota = { maxKeys: 2, maxBytes: 1000 };
    const set = (key: string, ttlMs?: number) => kv.set('a', { key, value: 'v', ttlMs }, quota);
    unwrap(set('x'));
    unwrap(set('y', 50));
    expect(failureOf(set('z'))).toEqual({
      code: 'too_large',
      message: 'the store is full: it may hold 2 keys',
    });
    expect(set('x').ok).toBe(true);
    scratch.clock.advance(50);
    expect(set('z').ok).toBe(true);
    unwrap(kv.delete('a', 'x'));
    expect(set('y').ok).toBe(true);
    expect(kv.set('b', { key: 'x', value: 'v' }, quota).ok).toBe(true);
  });

  it('limit the bytes of keys and values together', () => {
    const { kv } = rig();
    const quota = { maxKeys: 10, maxBytes: 10 };
    const set = (key: string, value: string) => kv.set('a', { key, value }, quota);
    unwrap(set('x', 'ü'.repeat(4)));
    expect(failureOf(set('yy', '')).code).toBe('too_large');
    unwrap(set('x', '123456789'));
    expect(failureOf(set('x', '1234567890')).code).toBe('too_large');
    expect(unwrap(kv.get('a', 'x'))).toEqual({ value: '123456789', version: 2 });
  });

  it('that were lowered let a plugin shrink, not grow', () => {
    const { kv, set } = rig();
    set('x', '12345');
    set('y', '12345');
    const quota = { maxKeys: 1, maxBytes: 3 };
    expect(kv.set('a', { key: 'x', value: '1234' }, quota).ok).toBe(true);
    expect(failureOf(kv.set('a', { key: 'x', value: '123456' }, quota)).code).toBe('too_large');
    expect(failureOf(kv.set('a', { key: 'z', value: '' }, quota)).code).toBe('too_large');
  });
});

describe('lists', () => {
  it('are in the order of bytes, by prefix, limited, and go on after a key', () => {
    const { kv, set } = rig();
    for (const key of ['b', 'a', 'aa', 'a/1', 'é', '\u{1f600}', '\uffff', 'a%', 'a_', 'A', 'a\u0000b'])
      set(key, 'v');
    const keys = (...more: [string?, number?, string?]) => unwrap(kv.list('a', ...more)).keys;
    const all = ['A', 'a', 'a\u0000b', 'a%', 'a/1', 'a_', 'aa', 'b', 'é', '\uffff', '\u{1f600}'];
    expect(keys()).toEqual(all);
    expect(keys('a')).toEqual(['a', 'a\u0000b', 'a%', 'a/1', 'a_', 'aa']);
    expect(keys('a%')).toEqual(['a%']);
    expect(keys('a', 2)).toEqual(['a', 'a\u0000b']);
    expect(keys('', 3, 'b')).toEqual(['é', '\uffff', '\u{1f600}']);
    expect(keys('a', undefined, 'a/1')).toEqual(['a_', 'aa']);
    expect(unwrap(kv.list('b')).keys).toEqual([]);
  });

  it('are cut before they outgrow a line, and can be gone on with', () => {
    const { kv, set } = rig();
    const names = Array.from({ length: 700 }, (_, n) => String(n).padStart(500, '0'));
    for (const name of names) set(name, '');
    const first = unwrap(kv.list('a'));
    expect(first.isCut).toBe(true);
    const second = unwrap(kv.list('a', '', undefined, first.keys.at(-1)));
    expect(second.isCut).toBe(false);
    expect([...first.keys, ...second.keys]).toEqual(names);
  });

  it('keep entries of another plugin out', () => {
    const { kv, set } = rig();
    set('x', 'mine');
    unwrap(kv.set('b', { key: 'x', value: 'theirs' }, QUOTA));
    unwrap(kv.delete('b', 'x'));
    expect(unwrap(kv.get('a', 'x')).value).toBe('mine');
    unwrap(kv.clear('a'));
    expect(unwrap(kv.entries('a'))).toEqual([]);
  });
});

describe('a store whose database is gone', () => {
  it('says unavailable when it is closed', () => {
    const { database, kv } = rig();
    unwrap(database.close());
    for (const answer of [
      kv.get('a', 'x'),
      kv.set('a', { key: 'x', value: '' }, QUOTA),
      kv.delete('a', 'x'),
      kv.list('a'),
      kv.entries('a'),
    ]) {
      expect(failureOf(answer).code).toBe('unavailable');
    }
  });

  it('acknowledges nothing that the next torud would not find', () => {
    const { scratch, database, kv, set } = rig();
    set('before', '1');
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${scratch.file}${suffix}`);
    set('after', '2');
    unwrap(database.close());
    const again = new KvStore(scratch.open(), scratch.clock);
    expect(unwrap(again.list('a')).keys).toEqual(['after', 'before']);
    expect(unwrap(kv.list('a').ok ? { ok: false, failure: 0 } : { ok: true, value: 'closed' })).toBe(
      'closed',
    );
  });
});
