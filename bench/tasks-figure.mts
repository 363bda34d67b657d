/** Many short tasks: all in the history, what each costs, and what torud keeps of them in memory. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ControlClient } from '../src/client/control-client.ts';
import type { Task } from '../src/protocol/control/tasks.ts';
import { BenchRoot, median, onCpuMs, pssOf } from './bench-root.mts';
import type { Figure } from './figures.mts';

const TASKS = 1_000;
const AT_A_TIME = 20;
/** Alone, one after the other: what a start takes while nothing else is done. */
const ALONE = 100;
const SCRIPT = 'short.sh';

export async function tasksFigure(): Promise<readonly Figure[]> {
  const root = new BenchRoot();
  try {
    const scripts = join(root.folder, 'scripts');
    mkdirSync(scripts, { recursive: true, mode: 0o755 });
    writeFileSync(join(scripts, SCRIPT), '#!/bin/sh\nexec sleep 0.01\n', { mode: 0o755 });
    mkdirSync(join(root.folder, 'etc'), { mode: 0o755 });
    writeFileSync(join(root.folder, 'etc/torud.toml'), `[tasks]\nmax_running = ${AT_A_TIME}\nkeep = 10000\n`);
    root.startDaemon();
    const client = new ControlClient(join(root.folder, 'run/control.sock'), 'bench');
    try {
      return await measure(root.daemonPid(), client);
    } finally {
      client.close();
    }
  } finally {
    root.close();
  }
}

async function measure(torud: number, client: ControlClient): Promise<readonly Figure[]> {
  const alone: Task[] = [];
  const asked: number[] = [];
  for (let at = 0; at < ALONE; at += 1) {
    asked.push(performance.timeOrigin + performance.now());
    alone.push(await runOne(client));
  }
  const startMs = alone.map((task, at) => microseconds(task.startedAt) / 1000 - (asked[at] ?? 0));
  const before = pssOf(torud);
  const first = await runMany(torud, client);
  const between = pssOf(torud);
  const second = await runMany(torud, client);
  await pause(2_000);
  const after = pssOf(torud);
  const kept = await countEnded(client);
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const cpuMs = (first.cpuMs + second.cpuMs) / (2 * TASKS);
  return [
    {
      name: `${2 * TASKS} tasks of 10 ms, ${AT_A_TIME} at a time: lost, or not well ended`,
      value: 2 * TASKS + ALONE - kept,
      unit: 'tasks',
      atMost: 0,
      note: `${TASKS} took ${(second.wallMs / 1000).toFixed(1)} s`,
    },
    {
      name: 'start of a task: from the request to its process, median',
      value: median(startMs),
      unit: 'ms',
      atMost: 5,
      note: `of ${ALONE}, one at a time; ${Math.min(...startMs).toFixed(1)} to ${Math.max(...startMs).toFixed(1)} ms`,
    },
    {
      name: 'a task: CPU of torud from its request to its end',
      value: cpuMs,
      unit: 'ms',
      atMost: 5,
      note: `mean of ${2 * TASKS}; two requests, the start of toru-shim and the history included`,
    },
    {
      name: `torud PSS, growth by the second ${TASKS} tasks`,
      value: (after - between) / 2 ** 20,
      unit: 'MiB',
      atMost: 5,
      note: `before ${mib(before)}, after ${TASKS} ${mib(between)}, after ${2 * TASKS} ${mib(after)}`,
    },
  ];
}

async function runMany(
  torud: number,
  client: ControlClient,
): Promise<{ readonly cpuMs: number; readonly wallMs: number }> {
  const cpuBefore = onCpuMs(torud);
  const from = performance.now();
  let left = TASKS;
  const worker = async (): Promise<void> => {
    for (; left > 0; ) {
      left -= 1;
      await runOne(client);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return { cpuMs: onCpuMs(torud) - cpuBefore, wallMs: performance.now() - from };
}

async function runOne(client: ControlClient): Promise<Task> {
  const run = await client.call('task.run', { script: SCRIPT });
  if (!run.ok) throw new Error(run.failure.message);
  const waited = await client.call('task.wait', { id: run.value.task?.id ?? '' });
  if (!waited.ok) throw new Error(waited.failure.message);
  return waited.value.task;
}

/** Those in the history that ended with 0. */
async function countEnded(client: ControlClient): Promise<number> {
  let [count, beforeId, more] = [0, undefined as string | undefined, true];
  while (more) {
    const page = await client.call('task.list', {
      limit: 1_000,
      ...(beforeId === undefined ? {} : { beforeId }),
    });
    if (!page.ok) throw new Error(page.failure.message);
    const { tasks } = page.value;
    count += tasks.filter(({ state, exitCode }) => state === 'done' && exitCode === 0).length;
    beforeId = tasks.at(-1)?.id;
    more = page.value.more;
  }
  return count;
}

/** Since 1970. */
function microseconds(time: string | null): number {
  if (time === null) throw new Error('a task was not begun');
  return Date.parse(`${time.slice(0, 19)}Z`) * 1000 + Number(time.slice(20, 26));
}
