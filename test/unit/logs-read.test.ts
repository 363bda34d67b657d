import { truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatTime } from '../../src/daemon/base/clock.ts';
import { BackwardGzip } from '../../src/daemon/logs/backward-gzip.ts';
import { makeFilter } from '../../src/daemon/logs/filter.ts';
import { LogReader } from '../../src/daemon/logs/log-reader.ts';
import { type LogRoot, LogWriter, makeLogRoot, readAll, START_MS } from './logs-writer.ts';

let root: LogRoot;
let reader: LogReader;
let web: LogWriter;
let db: LogWriter;

beforeEach(async () => {
  root = await makeLogRoot();
  reader = new LogReader(root.paths);
  web = new LogWriter(root.paths, 'web');
  db = new LogWriter(root.paths, 'db');
});

afterEach(async () => {
  await root.remove();
});

const WEB = [{ plugin: 'web' }];
const BOTH = [{ plugin: 'web' }, { plugin: 'db' }];

/** 40 lines a plugin, over plain and compressed files, one a millisecond by turns. */
function writeBoth(): string[] {
  const merged: string[] = [];
  for (let at = 0; at < 40; at += 1) {
    merged.push(web.write(START_MS + 2 * at), db.write(START_MS + 2 * at + 1));
    if (at % 10 === 9) {
      web.rotate();
      web.compress();
    }
    if (at === 25) db.rotate();
  }
  return merged;
}

describe('reading a log', () => {
  it('gives the lines as they stand in the file', async () => {
    const line = web.write(START_MS, { message: 'é "quoted" \\ \u0000 ","stream":"stderr","seq":9' });
    expect((await readAll(reader, {}, WEB)).lines).toEqual([line]);
  });

  it('gives nothing for a plugin without a log', async () => {
    expect(await readAll(reader, {}, WEB)).toEqual({ lines: [], cursors: [], end: { linesLost: 0 } });
  });

  it('merges several logs by time over rotated and compressed files', async () => {
    const merged = writeBoth();
    expect((await readAll(reader, {}, BOTH)).lines).toEqual(merged);
  });

  it.each([0, 1, 7, 12, 33, 79, 80, 81, 100_000])(
    'gives the last %i lines of the merged logs',
    async (count) => {
      const merged = writeBoth();
      expect((await readAll(reader, { lines: count }, BOTH)).lines).toEqual(
        count === 0 ? [] : merged.slice(-count),
      );
    },
  );

  it('counts the last lines behind the filters', async () => {
    const errors: string[] = [];
    for (let at = 0; at < 3000; at += 1) {
      const level = at % 500 === 0 ? 'err' : 'info';
      const line = web.write(START_MS + at, { level });
      if (level === 'err') errors.push(line);
      if (at % 900 === 899) {
        web.rotate();
        web.compress();
      }
    }
    expect((await readAll(reader, { lines: 4, level: 'warning' }, WEB)).lines).toEqual(errors.slice(-4));
  });

  it('filters by level, stream, run and time, the limits included', async () => {
    const first = web.write(START_MS, { stream: 'stderr', level: 'crit' });
    const second = web.write(START_MS + 1, { level: 'debug' });
    web.nextRun();
    const third = web.write(START_MS + 2.25, { level: 'warning' });
    expect((await readAll(reader, { level: 'warning' }, WEB)).lines).toEqual([first, third]);
    expect((await readAll(reader, { stream: 'stderr' }, WEB)).lines).toEqual([first]);
    expect((await readAll(reader, { stream: 'stdout' }, WEB)).lines).toEqual([second, third]);
    expect((await readAll(reader, {}, [{ plugin: 'web', run: 2 }])).lines).toEqual([third]);
    expect((await readAll(reader, { since: formatTime(START_MS + 2.25) }, WEB)).lines).toEqual([third]);
    expect((await readAll(reader, { until: formatTime(START_MS + 1) }, WEB)).lines).toEqual([first, second]);
  });

  it('does not open a rotated file that was written before "since"', async () => {
    web.write(START_MS + 5000);
    web.rotate();
    utimesSync(`${web.path}.1`, START_MS / 1000, START_MS / 1000);
    const line = web.write(START_MS + 6000);
    const lines = (await readAll(reader, { since: formatTime(START_MS + 4000) }, WEB)).lines;
    expect(lines).toEqual([line]);
  });

  it('holds an unfinished last line back', async () => {
    const line = web.write(START_MS);
    web.append('{"timestamp":"2026');
    expect((await readAll(reader, {}, WEB)).lines).toEqual([line]);
    expect((await readAll(reader, { lines: 1 }, WEB)).lines).toEqual([line]);
  });

  it('passes on lines that are not ours, at the place where they stand', async () => {
    const first = web.write(START_MS);
    web.append('\nwhat is this\n{"timestamp":"not a time at all, really!!"}\n');
    const other = db.write(START_MS + 1);
    const last = web.write(START_MS + 2);
    const garbage = ['', 'what is this', '{"timestamp":"not a time at all, really!!"}'];
    expect((await readAll(reader, {}, BOTH)).lines).toEqual([first, ...garbage, other, last]);
    expect((await readAll(reader, { lines: 3 }, WEB)).lines).toEqual([...garbage.slice(1), last]);
  });

  it('sums up the lost lines of gap lines', async () => {
    web.write(START_MS, { stream: 'shim', level: 'warning', lost: 17 });
    web.write(START_MS + 1, { stream: 'shim', level: 'warning', lost: 4 });
    web.write(START_MS + 2, { cut: true, message: 'not "lost":5' });
    expect((await readAll(reader, {}, WEB)).end).toEqual({ linesLost: 21 });
    expect((await readAll(reader, { stream: 'stdout' }, WEB)).end).toEqual({ linesLost: 21 });
    expect((await readAll(reader, { lines: 2 }, WEB)).end).toEqual({ linesLost: 4 });
  });

  it('hands a line of many megabytes on in pieces', async () => {
    const giant = `${'x'.repeat(3_000_000)}\n`;
    web.append(giant);
    const last = web.write(START_MS);
    const { lines } = await readAll(reader, {}, WEB);
    expect(`${lines.slice(0, -1).join('')}\n`).toBe(giant);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(512 * 1024);
    expect((await readAll(reader, { lines: 1 }, WEB)).lines).toEqual([last]);
  });

  it('keeps items within 256 lines and about 128 KiB', async () => {
    for (let at = 0; at < 700; at += 1) web.write(START_MS + at);
    for (let at = 0; at < 10; at += 1) web.write(START_MS + 1000 + at, { message: 'y'.repeat(60_000) });
    const items = reader.read({}, WEB, new AbortController().signal);
    for await (const item of items) {
      expect(item.lines.length).toBeLessThanOrEqual(256);
      expect(item.lines.join('').length).toBeLessThan(128 * 1024 + 61_000);
    }
  });

  it('reads the log of the supervisor and its levels', async () => {
    const line = (level: string, at: number) =>
      JSON.stringify({ timestamp: formatTime(START_MS + at), level, event: 'spawned', plugin: 'web' });
    writeFileSync(`${root.paths.supervisorLog}.1`, `${line('error', 0)}\n`);
    writeFileSync(root.paths.supervisorLog, `${line('info', 1)}\n${line('warning', 2)}\n`);
    const all = await readAll(reader, { supervisor: true }, []);
    expect(all.lines).toEqual([line('error', 0), line('info', 1), line('warning', 2)]);
    const urgent = await readAll(reader, { supervisor: true, level: 'warning', lines: 5 }, []);
    expect(urgent.lines).toEqual([line('error', 0), line('warning', 2)]);
  });

  it('tells the log of a compressed file that is damaged, and reads the others', async () => {
    web.write(START_MS);
    web.rotate();
    web.write(START_MS + 1);
    web.rotate();
    const last = web.write(START_MS + 2);
    web.compress();
    truncateSync(`${web.path}.2.gz`, 12);
    const told: unknown[] = [];
    const log = { write: (...entry: unknown[]) => void told.push(entry) };
    const { lines } = await readAll(new LogReader(root.paths, log), {}, WEB);
    expect(lines).toEqual([web.written[1], last]);
    expect(told).toEqual([['warning', 'log-unreadable', expect.objectContaining({ plugin: 'web' })]]);
  });
});

describe('a compressed file read backwards', () => {
  it('gives each line once, however few may be remembered a pass', async () => {
    for (let at = 0; at < 50; at += 1) web.write(START_MS + at, { level: at % 2 === 0 ? 'info' : 'debug' });
    web.rotate();
    web.rotate();
    web.compress();
    const handle = await open(`${web.path}.2.gz`, 'r');
    const file = new BackwardGzip(handle, 0, makeFilter({ level: 'info' }, undefined), 7);
    const times: number[] = [];
    for (let line = await file.previous(); line; line = await file.previous()) times.push(line.time / 1000);
    await file.close();
    expect(times).toEqual(Array.from({ length: 25 }, (_, at) => START_MS + 48 - 2 * at));
  });
});

describe('the last lines of a run', () => {
  it('come from both streams and from rotated files', async () => {
    web.write(START_MS);
    web.nextRun();
    for (let at = 1; at < 30; at += 1) {
      web.write(START_MS + at, { stream: at % 2 === 0 ? 'stdout' : 'stderr' });
      if (at % 8 === 0) {
        web.rotate();
        web.compress();
      }
    }
    web.nextRun();
    web.write(START_MS + 100);
    const tail = await reader.tailOfRun('web', 2, 25);
    expect(tail.map((line) => line.message)).toEqual(Array.from({ length: 25 }, (_, at) => `line ${at + 5}`));
    expect(tail.at(-1)).toEqual({ time: formatTime(START_MS + 29), stream: 'stderr', message: 'line 29' });
    expect(await reader.tailOfRun('web', 2, 100)).toHaveLength(29);
    expect(await reader.tailOfRun('web', 9, 100)).toEqual([]);
  });
});
