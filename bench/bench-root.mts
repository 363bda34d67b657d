/** A torud of its own for one measurement: temporary root, plugins made to order, and what the kernel says of it. */

import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CHECKOUT = dirname(dirname(fileURLToPath(import.meta.url)));
export const TORU = join(CHECKOUT, 'bin/toru');
export const TORUD = join(CHECKOUT, 'bin/torud');

export interface CpuTime {
  readonly userMs: number;
  readonly systemMs: number;
}

export interface ListedPlugin {
  readonly id: string;
  readonly state: string;
  readonly pid: number | null;
  readonly restarts: number;
}

export class BenchRoot {
  readonly folder = mkdtempSync(join(tmpdir(), 'toru-bench-'));

  /** Writes a plugin of transport `none`. @param script a line for sh */
  addPlugin(id: string, script: string, more: object = {}): void {
    const folder = join(this.folder, 'plugins', id);
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const manifest = {
      id,
      name: id,
      version: '1.0.0',
      transport: 'none',
      command: ['/bin/sh', '-c', script],
    };
    writeFileSync(join(folder, 'plugin.json'), JSON.stringify({ ...manifest, start_seconds: 0.1, ...more }));
  }

  addSleepers(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.addPlugin(`sleeper-${String(index).padStart(3, '0')}`, 'exec sleep 1000000');
    }
  }

  startDaemon(): void {
    execFileSync(TORUD, ['--root', this.folder, '--detach'], { stdio: ['ignore', 'inherit', 'inherit'] });
  }

  toru(...args: string[]): string {
    return execFileSync(TORU, ['--root', this.folder, ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
  }

  /** The same without holding up the caller's event loop. */
  async toruLater(...args: string[]): Promise<void> {
    await promisify(execFile)(TORU, ['--root', this.folder, ...args]);
  }

  list(): readonly ListedPlugin[] {
    return JSON.parse(this.toru('list', '--json')).plugins;
  }

  daemonPid(): number {
    return JSON.parse(this.toru('daemon', 'status', '--json')).daemon.pid;
  }

  /** Pids of this root's shims. */
  shimPids(): readonly number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => commandLine(pid).some((word) => word.startsWith(join(this.folder, 'run/runs/'))));
  }

  /** Stops everything and removes the folder. */
  close(): void {
    spawnSync(TORU, ['--root', this.folder, 'daemon', 'stop'], { stdio: 'ignore' });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Follows a `toru` command's lines until one of them satisfies `isDone`; then the command is ended. */
export function followUntil(
  root: BenchRoot,
  args: readonly string[],
  isDone: (line: string) => boolean,
): Promise<void> {
  const child = spawn(TORU, ['--root', root.folder, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve) => {
    let rest = '';
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = `${rest}${chunk.toString('utf8')}`.split('\n');
      rest = lines.pop() ?? '';
      if (lines.some(isDone)) child.kill('SIGINT');
    });
    child.once('close', () => resolve());
  });
}

/** CPU that a process has used, waited-for children not counted. */
export function cpuOf(pid: number): CpuTime {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { userMs: Number(fields[11]) * 10, systemMs: Number(fields[12]) * 10 };
}

/** Nanoseconds on a processor, finer than the ticks of /proc/PID/stat (proc(5), schedstat); all threads together. */
export function onCpuMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]) / 1e6)
    .reduce((sum, ms) => sum + ms, 0);
}

/** Proportional set size in bytes: what is shared counts for each sharer's part. */
export function pssOf(pid: number): number {
  const match = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'));
  return Number(match?.[1] ?? Number.NaN) * 1024;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    // A process that ended between the listing and the look.
    return [];
  }
}
