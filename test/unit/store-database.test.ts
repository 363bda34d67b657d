import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InstanceSettings } from '../../src/daemon/store/instance-settings.ts';
import { failureOf, Scratch, unwrap } from './store-scratch.ts';

describe('a transaction', () => {
  it('keeps all of its writes', () => {
    const scratch = new Scratch();
    const database = scratch.open();
    const settings = new InstanceSettings(database);
    expect(database.transaction(() => settings.set('a', '1'))).toEqual({ ok: true, value: undefined });
    expect(settings.get('a')).toBe('1');
    unwrap(database.close());
    expect(new InstanceSettings(scratch.open()).get('a')).toBe('1');
  });

  it('keeps none of them when it throws, and throws on', () => {
    const database = new Scratch().open();
    const settings = new InstanceSettings(database);
    const work = () => {
      settings.set('a', '1');
      throw new RangeError('a bug');
    };
    expect(() => database.transaction(work)).toThrow(RangeError);
    expect(settings.get('a')).toBeUndefined();
    expect(database.transaction(() => settings.set('b', '2')).ok).toBe(true);
  });

  it('joins the one around it, which undoes both', () => {
    const database = new Scratch().open();
    const settings = new InstanceSettings(database);
    const inner = () => database.transaction(() => settings.set('inner', '1'));
    expect(() =>
      database.transaction(() => {
        expect(inner().ok).toBe(true);
        throw new RangeError('a bug outside');
      }),
    ).toThrow('a bug outside');
    expect(settings.get('inner')).toBeUndefined();
    unwrap(database.transaction(() => void inner()));
    expect(settings.get('inner')).toBe('1');
  });

  it('that is durable may be inside one that is not', () => {
    const database = new Scratch().open();
    const settings = new InstanceSettings(database);
    const outer = database.transaction(() =>
      database.transaction(() => settings.set('a', '1'), { durable: true }),
    );
    expect(unwrap(outer)).toEqual({ ok: true, value: undefined });
    expect(settings.get('a')).toBe('1');
  });

  it('waits for the disk exactly when it is durable', () => {
    const database = new Scratch().open();
    const mode = () => database.row<{ synchronous: number }>('PRAGMA synchronous')?.synchronous;
    const modes = [true, false, true, true, false].map((durable) => database.transaction(mode, { durable }));
    const [normal, full] = [1, 2];
    expect(modes.map(unwrap)).toEqual([full, normal, full, full, normal]);
  });

  it('must not be asynchronous', () => {
    const database = new Scratch().open();
    const settings = new InstanceSettings(database);
    const work = () => {
      settings.set('a', '1');
      return Promise.resolve();
    };
    expect(() => database.transaction(work)).toThrow('must not be asynchronous');
    expect(settings.get('a')).toBeUndefined();
  });

  it('throws what only a bug can cause: a broken constraint, a wrong statement', () => {
    const database = new Scratch().open();
    const insert = "INSERT INTO settings (key, value) VALUES ('a', NULL)";
    expect(() => database.transaction(() => database.change(insert))).toThrow('NOT NULL');
    expect(() => database.transaction(() => database.row('SELECT 1 FROM nowhere'))).toThrow('no such table');
  });

  it('is a failure, not an exception, once the database is closed', () => {
    const database = new Scratch().open();
    unwrap(database.close());
    expect(failureOf(database.transaction(() => 1))).toMatchObject({ kind: 'io' });
    expect(failureOf(database.read(() => 1)).message).toContain('it is closed');
    expect(database.close().ok).toBe(true);
  });
});

describe('a write', () => {
  it('outside of a transaction is refused as a bug', () => {
    const settings = new InstanceSettings(new Scratch().open());
    expect(() => settings.set('a', '1')).toThrow('outside of a transaction');
  });
});

describe('the file', () => {
  it('may be read by its owner only, and so may its companions and the reserve', () => {
    const scratch = new Scratch();
    scratch.open();
    for (const name of ['state.db', 'state.db-wal', 'state.db-shm', 'reserve']) {
      expect(statSync(`${scratch.folder}/${name}`).mode & 0o777, name).toBe(0o600);
    }
  });

  it('is whole without its companions after close', () => {
    const scratch = new Scratch();
    const database = scratch.open();
    unwrap(database.transaction(() => new InstanceSettings(database).set('a', '1')));
    unwrap(database.close());
    expect(() => statSync(`${scratch.file}-wal`)).toThrow('ENOENT');
    expect(new InstanceSettings(scratch.open()).get('a')).toBe('1');
  });

  it('that is still the same is known to be', () => {
    const database = new Scratch().open();
    expect(database.checkIdentity().ok).toBe(true);
    unwrap(database.transaction(() => new InstanceSettings(database).set('a', '1'), { durable: true }));
    unwrap(database.checkpoint());
    expect(database.checkIdentity().ok).toBe(true);
  });

  it.each(['', '-wal'])(
    'that was deleted (state.db%s) is put back by the next durable transaction',
    (suffix) => {
      const scratch = new Scratch();
      const database = scratch.open();
      const settings = new InstanceSettings(database);
      const instanceId = settings.instanceId();
      unwrap(database.transaction(() => settings.set('before', '1'), { durable: true }));
      rmSync(`${scratch.file}${suffix}`);
      expect(failureOf(database.checkIdentity())).toMatchObject({ kind: 'damaged' });
      unwrap(database.transaction(() => settings.set('after', '2'), { durable: true }));
      expect(database.checkIdentity().ok).toBe(true);
      expect(scratch.log.events()).toContain('database-put-back');
      unwrap(database.close());
      const again = new InstanceSettings(scratch.open());
      expect([again.instanceId(), again.get('before'), again.get('after')]).toEqual([instanceId, '1', '2']);
      expect(statSync(scratch.file).mode & 0o777).toBe(0o600);
    },
  );

  it('that was replaced is put back, and the other one set aside', () => {
    const scratch = new Scratch();
    const database = scratch.open();
    const settings = new InstanceSettings(database);
    writeFileSync(`${scratch.folder}/other`, 'of somebody else');
    renameSync(`${scratch.folder}/other`, scratch.file);
    unwrap(database.transaction(() => settings.set('after', '2'), { durable: true }));
    const entry = scratch.log.entries.find((one) => one.event === 'database-put-back');
    expect(entry?.fields?.setAside).toBe(`${scratch.file}.replaced-20261108T162000Z`);
    expect(readFileSync(String(entry?.fields?.setAside), 'utf8')).toBe('of somebody else');
    unwrap(database.close());
    expect(new InstanceSettings(scratch.open()).get('after')).toBe('2');
  });
});
