/** Two hundred browsers that follow the log of one plugin at 5,000 lines a second for half a minute. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LineFollower, lineWriter } from '../test/rig/line-follower.ts';
import { BenchRoot, onCpuMs } from './bench-root.mts';
import type { Figure } from './figures.mts';
import { startWeb } from './web-front.mts';

const FOLLOWERS = 200;
/** Of them, those that do not read until the rest has all. */
const STALLED = 20;
const PER_SECOND = 5_000;
const SECONDS = 30;
const LINES = PER_SECOND * SECONDS;
const MB = 1_000_000;

export async function followers(): Promise<readonly Figure[]> {
  const root = new BenchRoot();
  try {
    const program = join(root.folder, 'writer.cjs');
    writeFileSync(program, lineWriter(LINES, PER_SECOND));
    root.addPlugin('writer', `exec node ${program}`, { log: { max_size: '1G' } });
    root.startDaemon();
    root.toru('start', 'writer');
    const { port, cookie } = await startWeb(root);
    const pid = root.list().find(({ id }) => id === 'web')?.pid ?? 0;
    const before = residentOf(pid, 'VmRSS');
    const all = await Promise.all(
      Array.from({ length: FOLLOWERS }, () => LineFollower.open(port, 'writer', { cookie })),
    );
    const [stalled, quick] = [all.slice(0, STALLED), all.slice(STALLED)];
    for (const one of stalled) one.stall();
    const [from, usedMs] = [performance.now(), onCpuMs(pid)];
    root.toru('kill', '-s', 'SIGUSR1', 'writer');
    await Promise.all(quick.map((one) => one.until(LINES)));
    const seconds = (performance.now() - from) / 1000;
    const share = ((onCpuMs(pid) - usedMs) / 1000 / seconds) * 100;
    const peak = residentOf(pid, 'VmHWM');
    for (const one of stalled) one.resume();
    await Promise.all(stalled.map((one) => one.until(LINES)));
    const gaps = all.filter(({ fault }) => fault !== undefined).length;
    for (const one of all) one[Symbol.dispose]();
    const note = `${SECONDS} s of lines in ${seconds.toFixed(1)} s, web at ${share.toFixed(0)} % of a core; ${STALLED} of them read only afterwards`;
    return [
      { name: '200 followers of 5,000 lines/s: with a gap', value: gaps, unit: '', atMost: 0, note },
      {
        name: '200 followers of 5,000 lines/s: memory added to web',
        value: (peak - before) / MB,
        unit: 'MB',
        atMost: 50,
        note: `${Math.round(before / MB)} MB before`,
      },
    ];
  } finally {
    root.close();
  }
}

/** In bytes; proc_pid_status(5). */
function residentOf(pid: number, key: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
}
