/** Looking at the machine once a second: what a look takes, what an hour of them keeps, and what torud costs with it. */

import { setTimeout as pause } from 'node:timers/promises';
import { type Clock, systemClock } from '../src/daemon/base/clock.ts';
import { Host } from '../src/daemon/metrics/host/host.ts';
import { BenchRoot, median, onCpuMs } from './bench-root.mts';
import type { Figure } from './figures.mts';

const LOOKS = 30;

export async function systemFigure(): Promise<readonly Figure[]> {
  const tookMs: number[] = [];
  const clock: Clock = {
    ...systemClock,
    setTimer: (callback, delayMs) =>
      systemClock.setTimer(() => {
        const from = performance.now();
        callback();
        tookMs.push(performance.now() - from);
      }, delayMs),
  };
  const host = new Host({ clock });
  const stop = host.start();
  await pause(LOOKS * 1_000 + 500);
  stop();
  return [
    {
      name: 'a look at the machine, median',
      value: median(tookMs),
      unit: 'ms',
      atMost: 1,
      note: `of ${tookMs.length}, one a second; at most ${Math.max(...tookMs).toFixed(2)} ms`,
    },
    {
      name: 'an hour of them',
      value: host.historyBytes / 2 ** 20,
      unit: 'MiB',
      atMost: 2e6 / 2 ** 20,
      note: `${host.historyBytes} bytes`,
    },
    await torudAlone(),
  ];
}

/** With no plugin at all, so that hardly anything but the looks is left. */
async function torudAlone(): Promise<Figure> {
  const root = new BenchRoot();
  try {
    root.startDaemon();
    const pid = root.daemonPid();
    await pause(5_000);
    const before = onCpuMs(pid);
    await pause(LOOKS * 1_000);
    const usedMs = onCpuMs(pid) - before;
    return {
      name: `torud without plugins, ${LOOKS} s`,
      value: (usedMs / (LOOKS * 1_000)) * 100,
      unit: '% of a core',
      atMost: 0.1,
      note: `${(usedMs / LOOKS).toFixed(2)} ms a second, the wakeups included`,
    };
  } finally {
    root.close();
  }
}
