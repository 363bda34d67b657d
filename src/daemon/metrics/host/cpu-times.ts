/** Processor time of the machine: /proc/stat (proc_stat(5)). Pure. */

import { TICKS_PER_SECOND } from '../../base/process-identity.ts';

/** The modes in the order of their columns; `guest` and `guest_nice` are left out, for they count in `user` and `nice` already. */
export const CPU_MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;
export type CpuMode = (typeof CPU_MODES)[number];

/** Clock ticks since boot, by mode; kernels that know fewer modes have 0 there. */
export type CpuTicks = readonly number[];

const ALL_CORES = /^cpu +(\d[\d ]*)/m;
const CORE = /^cpu(\d+) +(\d[\d ]*)/gm;
const IDLE_COLUMNS = [CPU_MODES.indexOf('idle'), CPU_MODES.indexOf('iowait')];

/** All cores together; undefined when the text has no such line. */
export function parseCpuTotal(stat: string): CpuTicks | undefined {
  const found = ALL_CORES.exec(stat)?.[1];
  return found === undefined ? undefined : ticksOf(found);
}

/** By the number of the core. Cores that are offline are not in /proc/stat, so numbers may be missing. */
export function parseCores(stat: string): ReadonlyMap<number, CpuTicks> {
  const cores = new Map<number, CpuTicks>();
  for (const [, core, ticks = ''] of stat.matchAll(CORE)) cores.set(Number(core), ticksOf(ticks));
  return cores;
}

/**
 * Share of the time between two readings in which something ran, 0 to 100; waiting for a disk is not running. Null
 * when no time has passed, or when the counters went back, as those of `iowait` and of a core that came online may.
 */
export function busyPercent(before: CpuTicks | undefined, now: CpuTicks | undefined): number | null {
  if (before === undefined || now === undefined) return null;
  const idle = idleOf(now) - idleOf(before);
  const all = sum(now) - sum(before);
  if (all <= 0) return null;
  return Math.min(100, Math.max(0, ((all - idle) / all) * 100));
}

/** Seconds since boot in one mode. */
export function secondsIn(ticks: CpuTicks, mode: CpuMode): number {
  return (ticks[CPU_MODES.indexOf(mode)] ?? 0) / TICKS_PER_SECOND;
}

function ticksOf(text: string): CpuTicks {
  const columns = text.trim().split(/ +/, CPU_MODES.length).map(Number);
  return CPU_MODES.map((_mode, at) => columns[at] ?? 0);
}

function idleOf(ticks: CpuTicks): number {
  return IDLE_COLUMNS.reduce((total, column) => total + (ticks[column] ?? 0), 0);
}

function sum(ticks: CpuTicks): number {
  return ticks.reduce((total, one) => total + one, 0);
}
