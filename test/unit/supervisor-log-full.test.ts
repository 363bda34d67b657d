import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WinstonSupervisorLog } from '../../src/daemon/base/winston-log.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';
import { entriesOf, IS_ROOT, type LogScratch, makeScratch } from './supervisor-log-scratch.ts';

let scratch: LogScratch;
let clock: VirtualClock;
let log: WinstonSupervisorLog;

async function open(tmpfsBytes?: number): Promise<void> {
  scratch = await makeScratch(tmpfsBytes);
  clock = new VirtualClock();
  log = new WinstonSupervisorLog({ file: scratch.file, clock, level: 'info' });
}

afterEach(async () => {
  log.flushSync();
  await log.close();
  await scratch.remove();
});

const FILLER = 'x'.repeat(500);
const NEEDS_ROOT = IS_ROOT ? '' : ' (skipped: needs root for mount)';

describe.skipIf(!IS_ROOT)(`on a full disk${NEEDS_ROOT}`, () => {
  beforeEach(() => open(64 * 1024));

  function fillDisk(): string {
    const ballast = join(scratch.folder, 'ballast');
    try {
      writeFileSync(ballast, Buffer.alloc(1024 * 1024));
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'ENOSPC' });
    }
    return ballast;
  }

  /** Lets pending writes end; the clock stands still meanwhile. */
  async function writesEnd(isReached: () => boolean): Promise<void> {
    while (!isReached()) await new Promise((resolve) => setImmediate(resolve));
  }

  it('entries wait, and are all written when there is room again', async () => {
    log.write('info', 'before');
    log.flushSync();
    const ballast = fillDisk();
    for (let n = 0; n < 300; n += 1) log.write('info', 'spawned', { n, filler: FILLER });
    await writesEnd(() => log.problem() !== undefined && clock.timerCount === 1);
    expect(log.problem()).toMatch(
      /plugin-supervisor\.log cannot be written: ENOSPC.*; \d+ lines wait, 0 dropped$/,
    );
    expect(entriesOf(scratch).length).toBeLessThan(100);
    rmSync(ballast);
    // Still too small for all: the rest goes on waiting, whole.
    clock.advance(500);
    await writesEnd(() => clock.timerCount === 1);
    const whole = entriesOf(scratch);
    expect(whole.length).toBeGreaterThan(50);
    expect(readFileSync(scratch.file, 'utf8').endsWith('\n')).toBe(true);
    rmSync(scratch.file);
    clock.advance(500);
    await writesEnd(() => clock.timerCount === 1);
    const second = entriesOf(scratch);
    rmSync(scratch.file);
    clock.advance(500);
    await writesEnd(() => log.problem() === undefined);
    const all = [...whole, ...second, ...entriesOf(scratch)].map((entry) => entry.n ?? entry.event);
    expect(all).toEqual(['before', ...Array.from({ length: 300 }, (_, n) => n)]);
    expect(clock.timerCount).toBe(0);
  });

  it('entries beyond the limit are dropped, counted, and told once, where they are missing', async () => {
    log.write('info', 'before');
    log.flushSync();
    fillDisk();
    for (let n = 0; n < 12_000; n += 1) log.write('info', 'spawned', { n });
    await writesEnd(() => clock.timerCount === 1);
    const dropped = 2000;
    expect(log.problem()).toMatch(/; \d+ lines wait, 2000 dropped$/);
    const { fits } = await moveToDisk();
    log.write('info', 'after');
    await log.close();
    const written = [...fits, ...entriesOf(scratch)];
    const told = written.filter((entry) => entry.event === 'lines-dropped');
    expect(told).toEqual([expect.objectContaining({ level: 'warning', count: dropped })]);
    expect(written.at(-2)).toMatchObject({ event: 'lines-dropped' });
    expect(written.at(-1)).toMatchObject({ event: 'after' });
    expect(written.filter((entry) => entry.event === 'spawned').map((entry) => entry.n)).toEqual(
      Array.from({ length: 12_000 - dropped }, (_, n) => n),
    );
  });

  /** The admin's remedy: a larger disk in the place of the full one. */
  async function moveToDisk(): Promise<{ fits: Record<string, unknown>[] }> {
    const fits = entriesOf(scratch);
    const small = scratch;
    scratch = await makeScratch();
    execFileSync('umount', ['-l', small.folder]);
    rmdirSync(small.folder);
    symlinkSync(scratch.folder, small.folder);
    log.reopen();
    const inner = scratch;
    scratch = {
      ...inner,
      async remove() {
        rmSync(small.folder, { force: true });
        await inner.remove();
      },
    };
    return { fits };
  }
});

describe('where the file cannot be made', () => {
  beforeEach(() => open());

  it('says why, tries again only while something waits, and recovers', async () => {
    mkdirSync(scratch.file);
    log.write('info', 'waits');
    expect(log.problem()).toMatch(/cannot be written: EISDIR.*; 1 lines wait, 0 dropped$/);
    expect(clock.timerCount).toBe(1);
    clock.advance(500);
    expect(clock.timerCount).toBe(1);
    rmdirSync(scratch.file);
    log.flushSync();
    expect(log.problem()).toBeUndefined();
    clock.advance(500);
    expect(clock.timerCount).toBe(0);
    expect(entriesOf(scratch)).toMatchObject([{ event: 'waits' }]);
  });

  it('close gives up after its limit', async () => {
    mkdirSync(scratch.file);
    log.write('info', 'waits');
    const closed = log.close();
    await clock.advanceAsync(2_000);
    await closed;
    expect(clock.timerCount).toBe(0);
    expect(log.problem()).toMatch(/EISDIR/);
  });

  it('a log that cannot be rotated grows on and says so', async () => {
    log = new WinstonSupervisorLog({ file: scratch.file, clock, level: 'info', maxSizeBytes: 300, keep: 1 });
    mkdirSync(join(`${scratch.file}.1`, 'taken'), { recursive: true });
    for (let n = 0; n < 20; n += 1) log.write('info', 'spawned', { n });
    await log.close();
    expect(log.problem()).toMatch(/cannot be rotated: E/);
    expect(statSync(scratch.file).size).toBeGreaterThan(300);
    rmSync(`${scratch.file}.1`, { recursive: true });
    expect(entriesOf(scratch).map((entry) => entry.n)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });
});
