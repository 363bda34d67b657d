/** One look at the machine: counters and totals as they were at one moment. Pure. */

import type { MemoryFigures } from '../../../protocol/control/system.ts';
import { type BlockDevice, parseBlockDevices } from './block-devices.ts';
import { type CpuTicks, parseCpuTotal } from './cpu-times.ts';
import type { HostTexts } from './host-source.ts';
import { type Load, parseLoad } from './load-average.ts';
import { parseMemory } from './memory-figures.ts';
import { LOOPBACK, type NetworkCounters, parseNetworks } from './network-counters.ts';

export interface HostLook {
  /** Monotonic milliseconds. */
  readonly atMs: number;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
  /** /proc/stat: the cores are taken out of it when somebody asks. */
  readonly stat: string;
  readonly cpu: CpuTicks | undefined;
  readonly memory: MemoryFigures | undefined;
  readonly load: Load | undefined;
  readonly networks: readonly NetworkCounters[];
  readonly devices: readonly BlockDevice[];
}

/** Bytes a second between two looks; null where there is nothing to compare. */
export interface Rates {
  /** All interfaces but loopback. */
  readonly receivedRate: number | null;
  readonly sentRate: number | null;
  /** All block devices. */
  readonly readRate: number | null;
  readonly writeRate: number | null;
}

/** @param atMs monotonic milliseconds @param wallMs milliseconds since 1970 */
export function lookAt(texts: HostTexts, atMs: number, wallMs: number): HostLook {
  return {
    atMs,
    wallMs,
    stat: texts.stat,
    cpu: parseCpuTotal(texts.stat),
    memory: parseMemory(texts.meminfo),
    load: parseLoad(texts.loadavg),
    networks: parseNetworks(texts.networks),
    devices: parseBlockDevices(texts.diskstats),
  };
}

export function ratesBetween(before: HostLook | undefined, now: HostLook): Rates {
  if (before === undefined) return { receivedRate: null, sentRate: null, readRate: null, writeRate: null };
  const spanMs = now.atMs - before.atMs;
  const rates = <Counters extends { readonly name: string }>(
    olds: readonly Counters[],
    news: readonly Counters[],
    of: (one: Counters) => number,
  ): number | null => rate(grown(olds, news, of), spanMs);
  const isReal = ({ name }: NetworkCounters): boolean => name !== LOOPBACK;
  const [oldNetworks, networks] = [before.networks.filter(isReal), now.networks.filter(isReal)];
  return {
    receivedRate: rates(oldNetworks, networks, (one) => one.receivedBytes),
    sentRate: rates(oldNetworks, networks, (one) => one.sentBytes),
    readRate: rates(before.devices, now.devices, (one) => one.readBytes),
    writeRate: rates(before.devices, now.devices, (one) => one.writtenBytes),
  };
}

/** A second; null without a difference or time. */
export function rate(difference: number | null, spanMs: number): number | null {
  return difference === null || spanMs <= 0 ? null : (difference / spanMs) * 1000;
}

/**
 * By how much the counters of what was there both times have grown: one that came brings bytes of another time, and one
 * that went back counts something else now.
 */
function grown<Counters extends { readonly name: string }>(
  olds: readonly Counters[],
  news: readonly Counters[],
  of: (one: Counters) => number,
): number | null {
  if (news.length === 0) return null;
  return news.reduce((total, one, at) => {
    // Mostly in the same place.
    const old = olds[at]?.name === one.name ? olds[at] : olds.find(({ name }) => name === one.name);
    return old === undefined ? total : total + Math.max(0, of(one) - of(old));
  }, 0);
}
