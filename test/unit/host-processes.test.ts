/** The processes of plugins, and the files of /proc that are read again and again. */

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ProcessFacts } from '../../src/daemon/base/process-identity.ts';
import { type ProcessSource, readPluginProcesses } from '../../src/daemon/metrics/host/plugin-processes.ts';
import { ProcFile } from '../../src/daemon/metrics/host/proc-file.ts';

/** `[pid, parent, name, command]`; all began 10 s before the machine's time of now, and used 1 s since. */
type Row = readonly [number, number, string, string?, string?];

class Tree implements ProcessSource {
  readonly #rows: ReadonlyMap<number, Row>;

  constructor(rows: readonly Row[]) {
    this.#rows = new Map(rows.map((row) => [row[0], row]));
  }

  uptimeMs(): number {
    return 20_000;
  }

  facts(pid: number): ProcessFacts | undefined {
    const row = this.#rows.get(pid);
    if (row === undefined) return undefined;
    const [, parentPid, name, , state = 'S'] = row;
    return { pid, parentPid, name, state, threads: 2, cpuTicks: 100, startTime: 1000, residentPages: 3 };
  }

  children(pid: number): readonly number[] {
    return [...this.#rows.values()].filter(([, parent]) => parent === pid).map(([child]) => child);
  }

  command(pid: number): string {
    return this.#rows.get(pid)?.[3] ?? '';
  }
}

const TREE = new Tree([
  [1, 0, 'init'],
  [50, 1, 'toru-shim'],
  [70, 50, 'web', '/usr/bin/web\0--password\0hunter2\0'],
  [71, 70, 'worker', 'worker\0a\nb\0'],
  [72, 71, 'helper'],
  [73, 70, 'done', 'done\0', 'Z'],
  [60, 50, 'orphan', 'orphan\0'],
  [61, 50, 'toru-shim', 'gzip\0'],
  [80, 1, 'other', 'other\0'],
]);

test('a plugin has its main process, descendants, and what its shim has adopted; zombies and the shim are none of it', async () => {
  const plugin = { id: 'web', pid: 70, showsArguments: true };
  const [found] = await readPluginProcesses([plugin], TREE);
  expect(found?.plugin).toBe('web');
  expect(found?.processes.map(({ pid, command }) => [pid, command])).toEqual([
    [70, '/usr/bin/web --password hunter2'],
    [60, 'orphan'],
    [71, 'worker a b'],
    [72, 'helper'],
  ]);
  expect(found?.processes[0]).toEqual({
    pid: 70,
    parentPid: 50,
    name: 'web',
    command: '/usr/bin/web --password hunter2',
    memoryBytes: 3 * 4096,
    cpuPercent: 10,
    threads: 2,
  });
});

test('whoever may not see arguments sees the names of programs', async () => {
  const plugin = { id: 'web', pid: 70, showsArguments: false };
  const found = await readPluginProcesses([plugin], TREE);
  expect(found[0]?.processes.map(({ command }) => command)).toEqual(['web', 'orphan', 'worker', 'helper']);
  expect(JSON.stringify(found)).not.toContain('hunter2');
});

test('a plugin whose parent is no shim has its own descendants alone', async () => {
  const found = await readPluginProcesses([{ id: 'x', pid: 80, showsArguments: true }], TREE);
  expect(found[0]?.processes.map(({ pid }) => pid)).toEqual([80]);
});

test('a plugin that has just ended is left out', async () => {
  const gone = { id: 'gone', pid: 9999, showsArguments: true };
  const zombie = { id: 'zombie', pid: 73, showsArguments: true };
  expect(await readPluginProcesses([gone, zombie], TREE)).toEqual([]);
});

test('a plugin that forks without end makes no answer without end', async () => {
  const rows = Array.from({ length: 5_000 }, (_row, at): Row => [100 + at, at === 0 ? 1 : 100, 'bomb']);
  const found = await readPluginProcesses([{ id: 'b', pid: 100, showsArguments: true }], new Tree(rows));
  expect(found[0]?.processes).toHaveLength(256);
});

test('a long command line is cut', async () => {
  const tree = new Tree([[5, 1, 'long', `long\0${'x'.repeat(100_000)}`]]);
  const found = await readPluginProcesses([{ id: 'l', pid: 5, showsArguments: true }], tree);
  expect(found[0]?.processes[0]?.command).toHaveLength(256);
});

test('this very process is found in /proc', async () => {
  const [found] = await readPluginProcesses([{ id: 'self', pid: process.pid, showsArguments: true }]);
  const [self] = found?.processes ?? [];
  expect(self).toMatchObject({ pid: process.pid, parentPid: process.ppid });
  expect(self?.memoryBytes).toBeGreaterThan(1_000_000);
  expect(self?.threads).toBeGreaterThan(0);
});

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'toru-proc-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a file that is read again is read from its beginning, as long as it is now', () => {
  const path = join(makeFolder(), 'stat');
  writeFileSync(path, 'first\n');
  const file = new ProcFile(path);
  expect(file.read()).toBe('first\n');
  const long = 'x'.repeat(100_000);
  writeFileSync(path, long);
  expect(file.read() === long).toBe(true);
  writeFileSync(path, 'y');
  expect(file.read()).toBe('y');
  file.close();
});

test('what stands behind the end that was named is not taken', () => {
  const path = join(makeFolder(), 'stat');
  writeFileSync(path, `cpu 1\nintr ${'0 '.repeat(50_000)}\n`);
  const file = new ProcFile(path, { end: 'intr', isOnePiece: true });
  expect(file.read()).toBe('cpu 1\n');
  file.close();
});

test('a file that is not there is empty, and read once it is', () => {
  const folder = makeFolder();
  const path = join(folder, 'diskstats');
  const file = new ProcFile(path);
  expect(file.read()).toBe('');
  symlinkSync('/proc/self/mem', join(folder, 'unreadable'));
  expect(new ProcFile(join(folder, 'unreadable')).read()).toBe('');
  writeFileSync(path, 'there');
  expect(file.read()).toBe('there');
  file.close();
});
