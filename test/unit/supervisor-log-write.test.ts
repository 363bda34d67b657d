import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WinstonSupervisorLog } from '../../src/daemon/base/winston-log.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';
import { entriesOf, type LogScratch, makeScratch } from './supervisor-log-scratch.ts';

const START = Date.UTC(2026, 10, 21, 1, 2, 3);
let scratch: LogScratch;
let clock: VirtualClock;
let log: WinstonSupervisorLog;

function open(more: { maxSizeBytes?: number; keep?: number; echo?: Writable } = {}): WinstonSupervisorLog {
  return new WinstonSupervisorLog({ file: scratch.file, clock, level: 'info', ...more });
}

beforeEach(async () => {
  scratch = await makeScratch();
  clock = new VirtualClock(START);
  log = open();
});

afterEach(async () => {
  await log.close();
  await scratch.remove();
});

describe("the supervisor's log", () => {
  it('writes one JSON object a line, known keys first', async () => {
    clock.advance(0.25);
    log.write('info', 'spawned', { pid: 7, plugin: 'web' });
    await log.close();
    const expected =
      '{"timestamp":"2026-11-21T01:02:03.000250Z","level":"info","event":"spawned","plugin":"web","pid":7}\n';
    expect(readFileSync(scratch.file, 'utf8')).toBe(expected);
  });

  it('keeps the order of thousands of entries and loses none at close', async () => {
    for (let n = 0; n < 5000; n += 1) log.write('info', 'spawned', { n });
    await log.close();
    expect(entriesOf(scratch).map((entry) => entry.n)).toEqual(Array.from({ length: 5000 }, (_, n) => n));
  });

  it('leaves out what is less urgent than its level, which can be changed', async () => {
    log.write('debug', 'one');
    log.setLevel('debug');
    log.write('debug', 'two');
    log.setLevel('error');
    log.write('warning', 'three');
    log.write('error', 'four');
    await log.close();
    expect(entriesOf(scratch).map((entry) => entry.event)).toEqual(['two', 'four']);
    expect(log.level).toBe('error');
  });

  it('takes any fields without throwing', async () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    log.write('info', 'circle', { circle });
    log.write('info', 'odd', {
      exception: true,
      big: 5n,
      error: new Error('no'),
      level: 'x',
      message: '\u0000\n',
    });
    log.write('info', 'long', { text: 'z'.repeat(1_000_000) });
    log.write('info', 'wide', { list: Array.from({ length: 20 }, () => 'z'.repeat(16_000)) });
    await log.close();
    const [first, second, third, fourth] = entriesOf(scratch);
    expect(first).toMatchObject({ event: 'circle', notWritten: expect.stringContaining('circular') });
    expect(second).toMatchObject({
      event: 'odd',
      level: 'info',
      exception: true,
      big: '5',
      error: 'no',
      message: '\u0000\n',
    });
    expect(String(third?.text)).toHaveLength(16 * 1024 + '… (983616 characters more)'.length);
    expect(fourth).toMatchObject({ event: 'wide', cut: true });
  });

  it('flushSync leaves nothing unwritten, from the very first entry on', () => {
    log.write('info', 'first');
    for (let n = 0; n < 3000; n += 1) log.write('info', 'spawned', { n });
    log.flushSync();
    expect(entriesOf(scratch)).toHaveLength(3001);
  });

  it('flushSync and the write in flight together write each entry once', async () => {
    log.write('info', 'one');
    log.flushSync();
    log.write('info', 'two');
    log.flushSync();
    log.write('info', 'three');
    await log.close();
    expect(entriesOf(scratch).map((entry) => entry.event)).toEqual(['one', 'two', 'three']);
  });

  it('writes what comes after close at once', async () => {
    await log.close();
    log.write('info', 'late');
    expect(entriesOf(scratch)).toMatchObject([{ event: 'late' }]);
  });

  it('rotates by size, keeps the newest files and loses nothing in them', async () => {
    log = open({ maxSizeBytes: 1000, keep: 3 });
    for (let n = 0; n < 100; n += 1) log.write('info', 'spawned', { n });
    await log.close();
    const kept = entriesOf(scratch).map((entry) => entry.n as number);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, at) => 100 - kept.length + at));
    const names = readdirSync(scratch.folder).sort();
    expect(names).toEqual(['', '.1', '.2', '.3'].map((ending) => `plugin-supervisor.log${ending}`));
    for (const name of names) expect(statSync(join(scratch.folder, name)).size).toBeLessThanOrEqual(1000);
  });

  it('goes on in a new file after reopen, when the old one was renamed', async () => {
    log.write('info', 'old');
    log.flushSync();
    renameSync(scratch.file, `${scratch.file}.1`);
    log.reopen();
    log.write('info', 'new');
    await log.close();
    expect(readFileSync(`${scratch.file}.1`, 'utf8')).toContain('"old"');
    expect(readFileSync(scratch.file, 'utf8')).toContain('"new"');
    expect(entriesOf(scratch)).toHaveLength(2);
  });

  it('makes the file anew when it, or its folder, was deleted', async () => {
    log.write('info', 'lost');
    await log.close();
    log = open();
    log.write('info', 'lost too');
    log.flushSync();
    rmSync(scratch.folder, { recursive: true });
    log.write('info', 'kept');
    await log.close();
    expect(entriesOf(scratch)).toMatchObject([{ event: 'kept' }]);
  });

  it('goes on at the new end of a file that was truncated', async () => {
    log.write('info', 'gone');
    // Not flushSync: the write that it overtakes may still land behind the truncation.
    while (!existsSync(scratch.file) || statSync(scratch.file).size === 0) await new Promise(setImmediate);
    truncateSync(scratch.file);
    log.write('info', 'kept');
    await log.close();
    expect(entriesOf(scratch)).toMatchObject([{ event: 'kept' }]);
  });

  it('does not write on into a half line that a killed torud left', async () => {
    writeFileSync(scratch.file, '{"timestamp":"2026');
    log.write('info', 'whole');
    await log.close();
    expect(readFileSync(scratch.file, 'utf8')).toMatch(/^\{"timestamp":"2026\n\{.*"whole"\}\n$/);
  });
});

describe('the echo for a foreground torud', () => {
  it('is one short line an entry, without control characters', async () => {
    const seen: string[] = [];
    const echo = new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        seen.push(text);
        done();
      },
    });
    log = open({ echo });
    log.write('warning', 'crashed', { plugin: 'web', code: 7, why: 'no \u001b[31mred\u009b', list: [1, 2] });
    expect(seen.join('')).toBe(
      '2026-11-21T01:02:03.000000Z warning crashed plugin=web code=7 why="no \\u001b[31mred\\u009b" list=[1,2]\n',
    );
    await log.close();
  });

  it('that breaks or stalls does not hold up the log', async () => {
    let written = 0;
    const stalled = new Writable({
      write() {
        written += 1;
      },
    });
    log = open({ echo: stalled });
    for (let n = 0; n < 20_000; n += 1) {
      log.write('info', 'spawned', { n });
      if (n % 1000 === 0) log.flushSync();
    }
    expect(stalled.writableLength).toBeLessThan(300 * 1024);
    expect(written).toBe(1);
    stalled.destroy(new Error('EPIPE'));
    log.write('info', 'after');
    await log.close();
    expect(entriesOf(scratch).at(-1)).toMatchObject({ event: 'after' });
  });
});
