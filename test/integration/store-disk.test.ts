import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KvStore } from '../../src/daemon/data/kv.ts';
import { EventStore } from '../../src/daemon/store/event-store.ts';
import { InstanceSettings } from '../../src/daemon/store/instance-settings.ts';
import { RESERVE_BYTES } from '../../src/daemon/store/reserve.ts';
import { newEvent } from '../unit/store-rows.ts';
import { failureOf, Scratch, scratchFolder, unwrap } from '../unit/store-scratch.ts';

const QUOTA = { maxKeys: 1_000_000, maxBytes: 1_000_000_000 };

/** The store on a small disk of its own. */
function smallDisk(): Scratch {
  const folder = scratchFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'toru-test', folder], { stdio: 'pipe' });
  // Lazy, for a test that fails with a file still open.
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return new Scratch(folder);
}

/** Whether this process may mount file systems: root often may, but not in every container. */
function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

/** Takes all the space that is left, and returns the file that has it. */
function fill(folder: string): string {
  const file = join(folder, 'filler');
  const descriptor = openSync(file, 'a');
  try {
    for (const bytes of [65_536, 4096]) {
      const block = Buffer.alloc(bytes, 'x');
      try {
        for (;;) if (writeSync(descriptor, block) < bytes) break;
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown;
      }
    }
  } finally {
    closeSync(descriptor);
  }
  return file;
}

describe.runIf(canMount())('a full disk', () => {
  it('costs torud nothing while the reserve lasts, then each write fails as full, and heals', () => {
    const scratch = smallDisk();
    const database = scratch.open();
    const events = new EventStore(database);
    const append = () => database.transaction(() => events.append(newEvent('a')), { durable: true });
    const reserve = join(scratch.folder, 'reserve');
    expect(statSync(reserve).blocks * 512).toBeGreaterThanOrEqual(RESERVE_BYTES);
    unwrap(append());
    const filler = fill(scratch.folder);

    let stored = 1;
    let last = append();
    expect(last.ok).toBe(true);
    expect(existsSync(reserve)).toBe(false);
    expect(scratch.log.events()).toEqual(['reserve-released']);
    for (; last.ok && stored < 10_000; stored++) last = append();
    expect(failureOf(last)).toMatchObject({ kind: 'full' });
    expect(failureOf(last).message).toContain('no space left');
    expect(stored).toBeGreaterThan(10);
    expect(events.read({ limit: 20_000 }).length).toBe(stored);

    rmSync(filler);
    unwrap(append());
    expect(existsSync(reserve)).toBe(false);
    scratch.clock.advance(30_000);
    unwrap(append());
    expect(statSync(reserve).size).toBe(RESERVE_BYTES);
    unwrap(database.close());
    expect(new EventStore(scratch.open()).read({ limit: 20_000 }).length).toBe(stored + 2);
  });

  it('makes sets of plugins fail as unavailable, and they do not use up the reserve', () => {
    const scratch = smallDisk();
    const database = scratch.open();
    const kv = new KvStore(database, scratch.clock);
    unwrap(kv.set('a', { key: 'x', value: 'kept' }, QUOTA));
    unwrap(kv.set('a', { key: 'short', value: 'v', ttlMs: 10 }, QUOTA));
    fill(scratch.folder);
    const refusal = failureOf(kv.set('a', { key: 'x', value: 'y'.repeat(100_000) }, QUOTA));
    expect(refusal.code).toBe('unavailable');
    expect(refusal.message).toContain('no space left');
    expect(existsSync(join(scratch.folder, 'reserve'))).toBe(true);
    scratch.clock.advance(10);
    expect(unwrap(kv.list('a')).keys).toEqual(['x']);
    expect(unwrap(kv.get('a', 'x'))).toEqual({ value: 'kept', version: 1 });
    expect(database.transaction(() => new InstanceSettings(database).set('a', '1')).ok).toBe(true);
  });

  it('does not keep torud from opening its database again, thanks to the reserve', () => {
    const scratch = smallDisk();
    const first = scratch.open();
    const id = new InstanceSettings(first).instanceId();
    unwrap(first.close());
    fill(scratch.folder);
    const again = new Scratch(scratch.folder);
    expect(new InstanceSettings(again.open()).instanceId()).toBe(id);
    expect(again.log.events()).toContain('reserve-released');
  });

  it('does not keep torud from setting a damaged database aside', () => {
    const scratch = smallDisk();
    unwrap(scratch.open().close());
    writeFileSync(scratch.file, 'x'.repeat(100_000));
    fill(scratch.folder);
    const { database, setAside } = scratch.openWhole();
    expect(setAside?.reason).toContain('not an SQLite database');
    expect(database.transaction(() => new InstanceSettings(database).set('a', '1')).ok).toBe(true);
  });

  it('without a reserve or a database is said in one line', () => {
    const scratch = smallDisk();
    fill(scratch.folder);
    const refusal = failureOf(scratch.tryOpen());
    expect(refusal).toMatchObject({ kind: 'full', path: scratch.file });
    expect(refusal.message).toMatch(/no space left.*free some space$/);
  });
});

describe.runIf(canMount())('a folder that may not be written', () => {
  const freeze = (scratch: Scratch) => execFileSync('mount', ['-o', 'remount,ro', scratch.folder]);

  it('is named when there is no database yet', () => {
    const scratch = smallDisk();
    freeze(scratch);
    expect(failureOf(scratch.tryOpen())).toMatchObject({ kind: 'unwritable', path: scratch.file });
  });

  it('is named when there is one', () => {
    const scratch = smallDisk();
    unwrap(scratch.open().close());
    freeze(scratch);
    const refusal = failureOf(scratch.tryOpen());
    expect(refusal).toMatchObject({ kind: 'unwritable', path: scratch.file });
    expect(refusal.message).toMatch(/^[^\n]*writable for torud$/);
  });
});
