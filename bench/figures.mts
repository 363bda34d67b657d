/** The figures that toru is held to, each measured on a torud of its own. */

import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BenchRoot, followUntil, median, onCpuMs, pssOf, TORU } from './bench-root.mts';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The value may be this at most. */
  readonly atMost: number;
  /** What else was seen: spread, counts. */
  readonly note: string;
}

const MIB = 1024 * 1024;

/** `toru list` against 100 running plugins, as a ratio to `node -e 0` of the same Node, measured in turn. */
export async function listRatio(): Promise<readonly Figure[]> {
  const root = new BenchRoot();
  try {
    root.addSleepers(100);
    root.startDaemon();
    root.toru('start', '--all');
    const listMs: number[] = [];
    const nodeMs: number[] = [];
    for (let round = 0; round < 41; round += 1) {
      listMs.push(timed(TORU, ['--root', root.folder, 'list']));
      nodeMs.push(timed(process.execPath, ['-e', '0']));
    }
    const [list, node] = [median(listMs), median(nodeMs)];
    const note = `list ${list.toFixed(1)} ms, node ${node.toFixed(1)} ms, medians of 41`;
    return [
      {
        name: 'toru list, 100 running, ratio to node -e 0',
        value: list / node,
        unit: '',
        atMost: 1.45,
        note,
      },
    ];
  } finally {
    root.close();
  }
}

function timed(command: string, args: readonly string[]): number {
  const from = process.hrtime.bigint();
  const done = spawnSync(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (done.status !== 0) throw new Error(`${command} ended with ${done.status}`);
  return Number(process.hrtime.bigint() - from) / 1e6;
}

/** 500 enabled plugins: from the start of torud to all running; memory; and stopping all. */
export async function manyPlugins(): Promise<readonly Figure[]> {
  const root = new BenchRoot();
  try {
    root.addSleepers(500);
    root.startDaemon();
    root.toru('enable', '--no-start', '--all');
    root.toru('daemon', 'stop');
    const from = performance.now();
    root.startDaemon();
    root.toru('wait', '--all', '--for', 'running', '--timeout', '60s');
    const startMs = performance.now() - from;
    await pause(3000);
    const at500 = memoryOf(root);
    const toStop = performance.now();
    root.toru('stop', '--all');
    const stopMs = performance.now() - toStop;
    root.toru('disable', '--all');
    root.toru('daemon', 'stop');
    const at100 = await memoryWith100(root);
    const growth = (at500.torud + at500.shims - at100.torud - at100.shims) / 400;
    const note = `at 500: torud ${mib(at500.torud)}, shims ${mib(at500.shims)}; at 100: shims ${mib(at100.shims)}`;
    return [
      {
        name: '500 silent plugins: torud started to all running',
        value: startMs / 1000,
        unit: 's',
        atMost: 3,
        note: '',
      },
      { name: 'torud PSS at 100 plugins', value: at100.torud / MIB, unit: 'MiB', atMost: 75e6 / MIB, note },
      {
        name: 'PSS growth a plugin, 100 to 500, shim included',
        value: growth / 1024,
        unit: 'KiB',
        atMost: 120,
        note,
      },
      { name: 'stop all of 500', value: stopMs / 1000, unit: 's', atMost: 2, note: '' },
    ];
  } finally {
    root.close();
  }
}

async function memoryWith100(root: BenchRoot): Promise<{ torud: number; shims: number }> {
  for (let index = 100; index < 500; index += 1) {
    rmSync(join(root.folder, 'plugins', `sleeper-${index}`), { recursive: true });
  }
  root.startDaemon();
  root.toru('start', '--all');
  await pause(3000);
  return memoryOf(root);
}

function memoryOf(root: BenchRoot): { torud: number; shims: number } {
  const shims = root.shimPids().reduce((sum, pid) => sum + pssOf(pid), 0);
  return { torud: pssOf(root.daemonPid()), shims };
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

/** CPU of torud with 100 silent plugins over 20 s in which nobody asks anything. */
export async function idleCpu(): Promise<readonly Figure[]> {
  const root = new BenchRoot();
  try {
    root.addSleepers(100);
    root.startDaemon();
    root.toru('start', '--all');
    const pid = root.daemonPid();
    await pause(5000);
    const before = onCpuMs(pid);
    await pause(20_000);
    const percent = ((onCpuMs(pid) - before) / 20_000) * 100;
    return [
      {
        name: 'torud idle at 100 silent plugins, 20 s',
        value: percent,
        unit: '% of a core',
        atMost: 0.2,
        note: '',
      },
    ];
  } finally {
    root.close();
  }
}

/** From the death of a plugin to its next process, with a delay of 0: by the shim's own times of both. */
export async function restartTime(): Promise<readonly Figure[]> {
  const root = new BenchRoot();
  try {
    root.addPlugin('crasher', 'sleep 0.2; exit 1', { restart: { delays_ms: [0], limit: 'none' } });
    root.startDaemon();
    let restarts = 0;
    const crashed = followUntil(
      root,
      ['events', 'crasher', '-f', '--json', '--type', 'restarting'],
      (line) => {
        if (line.includes('"restarting"')) restarts += 1;
        return restarts > 20;
      },
    );
    root.toru('start', 'crasher');
    await crashed;
    const delays = crashToStart(root).slice(0, 20);
    const note = `of ${delays.length}; ${Math.min(...delays).toFixed(1)} to ${Math.max(...delays).toFixed(1)} ms`;
    return [
      { name: 'crash to restarted, delay 0, median', value: median(delays), unit: 'ms', atMost: 15, note },
    ];
  } finally {
    root.close();
  }
}

interface EventLine {
  readonly type: string;
  readonly at: string;
}

function eventsOf(root: BenchRoot): readonly EventLine[] {
  return JSON.parse(root.toru('events', 'crasher', '--json', '-n', '1000')).events;
}

function crashToStart(root: BenchRoot): readonly number[] {
  const crashes: readonly { at: string }[] = JSON.parse(root.toru('crashes', 'crasher', '--json')).crashes;
  const started = eventsOf(root)
    .filter((event) => event.type === 'started')
    .map((event) => microseconds(event.at));
  return crashes
    .map((crash) => microseconds(crash.at))
    .flatMap((at) =>
      started
        .filter((start) => start > at)
        .slice(0, 1)
        .map((start) => (start - at) / 1000),
    );
}

function microseconds(time: string): number {
  return Date.parse(`${time.slice(0, 19)}Z`) * 1000 + Number(time.slice(20, 26));
}

/** One million lines of 100 bytes through the shim, as fast as the plugin can write them. */
export async function manyLines(): Promise<readonly Figure[]> {
  const root = new BenchRoot();
  const count = 1_000_000;
  try {
    // The writer waits for its go, so that only the lines are measured; then it stays, so that its shim can be asked.
    const program = `i=${count}\nx = "x" * 89\nimport sys\nsys.stdout.write("".join("%010d %s\\n" % (n, x) for n in range(i)))\nsys.stdout.flush()\nimport time\ntime.sleep(1000)`;
    root.addPlugin('writer', 'exec python3 "$WRITER"', {
      environment: { WRITER: join(root.folder, 'writer.py') },
      log: { max_size: '4G' },
    });
    writeFileSync(join(root.folder, 'writer.py'), program);
    root.startDaemon();
    const torud = root.daemonPid();
    const before = onCpuMs(torud);
    root.toru('start', 'writer');
    const log = join(root.folder, 'log/plugins/writer.log');
    await untilLine(log, `${String(count - 1).padStart(10, '0')} `);
    const torudMs = onCpuMs(torud) - before;
    const shimMs = onCpuMs(root.shimPids()[0] ?? 0);
    const bad = countBadLines(log, count);
    return [
      { name: '1,000,000 lines of 100 bytes: lost or torn', value: bad, unit: 'lines', atMost: 0, note: '' },
      {
        name: '1,000,000 lines: CPU of torud',
        value: torudMs / 1000,
        unit: 's',
        atMost: 0.1,
        note: 'the start of the plugin included',
      },
      {
        name: '1,000,000 lines: CPU of toru-shim',
        value: shimMs / 1000,
        unit: 's',
        atMost: 0.6,
        note: 'its whole life',
      },
    ];
  } finally {
    root.close();
  }
}

/** Looks at the end of the log until a line with this text stands there. */
async function untilLine(log: string, text: string): Promise<void> {
  for (;;) {
    const tail = spawnSync('tail', ['-c', '400', log], { encoding: 'utf8' }).stdout;
    if (tail.includes(text) && tail.endsWith('\n')) return;
    await pause(100);
  }
}

function countBadLines(log: string, count: number): number {
  let next = 0;
  let bad = 0;
  const file = readFileSync(log);
  for (let start = 0; start < file.length; ) {
    const end = file.indexOf(10, start);
    const line = JSON.parse(file.toString('utf8', start, end === -1 ? file.length : end));
    if (line.message !== `${String(next).padStart(10, '0')} ${'x'.repeat(89)}` || line.seq !== next + 1)
      bad += 1;
    next += 1;
    start = (end === -1 ? file.length : end) + 1;
  }
  return bad + Math.abs(count - next);
}
