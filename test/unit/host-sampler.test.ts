/** An hour of the machine: one look a second on a clock that the test moves, and what becomes of it when time jumps. */

import { expect, test } from 'vitest';
import type { Clock, Timer } from '../../src/daemon/base/clock.ts';
import { Host } from '../../src/daemon/metrics/host/host.ts';
import type { HostSource, HostTexts } from '../../src/daemon/metrics/host/host-source.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

const START = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

/** Time that passes while the process does not run, and timers that are late. */
class RoughClock extends VirtualClock {
  stalledMs = 0;
  lateMs = 0;

  override now(): number {
    return super.now() + this.stalledMs;
  }

  override monotonic(): number {
    return super.monotonic() + this.stalledMs;
  }

  override setTimer(callback: () => void, delayMs: number): Timer {
    return super.setTimer(callback, delayMs + this.lateMs);
  }
}

/** A machine with two cores, of which the first is busy all the time, that receives 1,000 bytes and writes a sector a second. */
class Machine implements HostSource {
  readonly #clock: Clock;
  reads = 0;
  isClosed = false;
  missing: (keyof HostTexts)[] = [];
  interfaces = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  read(): HostTexts {
    this.reads += 1;
    const seconds = this.#clock.monotonic() / 1000;
    const ticks = Math.round(seconds * 100);
    const texts: HostTexts = {
      stat: `cpu  ${ticks} 0 0 ${ticks}\ncpu0 ${ticks} 0 0 0\ncpu1 0 0 0 ${ticks}\n`,
      meminfo: 'MemTotal: 1000 kB\nMemAvailable: 750 kB\nSwapTotal: 100 kB\nSwapFree: 50 kB\n',
      loadavg: '0.5 0.4 0.3 1/1 1\n',
      networks: `lo: 9 0 0 0 0 0 0 0 9\neth0: ${Math.round(seconds * 1000)} 0 0 0 0 0 0 0 0 0\n${this.interfaces}`,
      diskstats: `8 0 sda 0 0 0 0 0 0 ${Math.round(seconds)} 0\n`,
    };
    return { ...texts, ...Object.fromEntries(this.missing.map((key) => [key, ''])) };
  }

  close(): void {
    this.isClosed = true;
  }
}

function start(lateMs = 0): { clock: RoughClock; machine: Machine; host: Host; stop: () => void } {
  const clock = new RoughClock(START);
  clock.lateMs = lateMs;
  const machine = new Machine(clock);
  const host = new Host({ clock, source: machine, disks: { read: async () => [] } });
  return { clock, machine, host, stop: host.start() };
}

test('an hour of samples takes at most 2 MB', () => {
  const { host } = start();
  expect(host.historyBytes).toBe(8 * 4 * 3600);
  expect(host.historyBytes).toBeLessThan(2_000_000);
});

test('it looks once a second, and no more after its end', () => {
  const { clock, machine, stop } = start();
  clock.advance(10_000);
  expect(machine.reads).toBe(11);
  stop();
  expect(machine.isClosed).toBe(true);
  expect(clock.timerCount).toBe(0);
  clock.advance(5_000);
  expect(machine.reads).toBe(11);
});

test('shares and rates are null before the second sample, and right from then on', async () => {
  const { clock, host } = start();
  const first = await host.read();
  expect(first).toMatchObject({
    cpu: { count: 2, usedPercent: null, corePercent: [null, null] },
    diskRates: { readRate: null, writeRate: null },
    memory: { totalBytes: 1_024_000, usedBytes: 256_000, swapUsedBytes: 51_200 },
    load: [0.5, 0.4, 0.3],
  });
  expect(first.networks[1]).toMatchObject({ name: 'eth0', receivedRate: null });
  clock.advance(1_000);
  const second = await host.read();
  expect(second).toMatchObject({
    at: '2026-01-01T00:00:01.000000Z',
    cpu: { usedPercent: 50, corePercent: [100, 0] },
    diskRates: { readRate: 0, writeRate: 512 },
  });
  expect(second.networks[1]).toMatchObject({ receivedBytes: 1000, receivedRate: 1000, sentRate: 0 });
  expect(host.cpuPercent()).toBe(50);
});

test('the history has the newest hour, a column a figure', () => {
  const { clock, host } = start();
  clock.advance(2 * HOUR_MS);
  const history = host.history(HOUR_MS, 3600);
  expect(history.stepMs).toBe(1000);
  expect(history.from).toBe('2026-01-01T01:00:01.000000Z');
  const columns = [history.cpuPercent, history.memoryPercent, history.swapPercent, history.load];
  expect(columns.map((column) => [column.length, new Set(column)])).toEqual([
    [3600, new Set([50])],
    [3600, new Set([25])],
    [3600, new Set([50])],
    [3600, new Set([0.5])],
  ]);
  expect(new Set(history.receivedRate)).toEqual(new Set([1000]));
  expect(new Set(history.writeRate)).toEqual(new Set([512]));
});

test('a history that is younger than what is asked for is as long as it is', () => {
  const { clock, host } = start();
  clock.advance(4_000);
  const history = host.history(HOUR_MS, 3600);
  expect(history.from).toBe('2026-01-01T00:00:00.000000Z');
  expect(history.cpuPercent).toEqual([null, 50, 50, 50, 50]);
  expect(host.history(2_000, 3600).cpuPercent).toHaveLength(2);
  expect(host.history(0, 3600).cpuPercent).toEqual([]);
});

test('neighbours are averaged to as many points as are wanted, always the same ones', () => {
  const { clock, host } = start();
  clock.advance(HOUR_MS);
  for (const points of [1, 2, 3, 7, 60, 299, 300, 1799, 3599, 3600]) {
    const { cpuPercent, stepMs } = host.history(HOUR_MS, points);
    expect(cpuPercent.length, String(points)).toBeLessThanOrEqual(points);
    expect(cpuPercent.length * stepMs, String(points)).toBeGreaterThanOrEqual(HOUR_MS);
    expect(new Set(cpuPercent), String(points)).toEqual(new Set([50]));
  }
  const before = host.history(HOUR_MS, 100);
  clock.advance(1_000);
  const after = host.history(HOUR_MS, 100);
  const offsetMs = Date.parse(after.from) - Date.parse(before.from);
  expect(offsetMs % before.stepMs).toBe(0);
});

test('late looks do not make the later ones late', () => {
  const { clock, host } = start(300);
  clock.advance(600_500);
  const { cpuPercent, from } = host.history(HOUR_MS, 3600);
  expect(from).toBe('2026-01-01T00:00:00.000000Z');
  expect(cpuPercent).toEqual([null, ...Array.from({ length: 600 }, () => 50)]);
});

test('a torud that was stopped for a while has a gap there, and begins anew behind it', () => {
  const { clock, host } = start();
  clock.advance(3_000);
  clock.stalledMs += 60_000;
  clock.advance(2_000);
  const { cpuPercent, load, from } = host.history(HOUR_MS, 3600);
  expect(from).toBe('2026-01-01T00:00:00.000000Z');
  expect(cpuPercent).toHaveLength(66);
  expect(cpuPercent.slice(0, 4)).toEqual([null, 50, 50, 50]);
  expect(load.slice(4, 64).every((one) => one === null)).toBe(true);
  // The first look after it sees counters of a minute, of which it makes nothing.
  expect(cpuPercent.slice(4, 65).every((one) => one === null)).toBe(true);
  expect(load.slice(64)).toEqual([0.5, 0.5]);
  expect(cpuPercent.slice(65)).toEqual([50]);
});

test('a second that was missed is a gap, but what was counted in it is told', () => {
  const { clock, host } = start();
  clock.advance(1_000);
  clock.stalledMs += 1_000;
  clock.advance(1_000);
  const { cpuPercent, receivedRate } = host.history(HOUR_MS, 3600);
  expect(cpuPercent).toEqual([null, 50, null, 50]);
  expect(receivedRate).toEqual([null, 1000, null, 1000]);
});

test('the time that a machine slept is a gap', () => {
  const { clock, host } = start();
  clock.advance(5_000);
  clock.setWallClock(clock.now() + 600_000);
  clock.advance(5_000);
  const { cpuPercent, from } = host.history(HOUR_MS, 3600);
  expect(from).toBe('2026-01-01T00:00:00.000000Z');
  expect(cpuPercent).toHaveLength(611);
  expect(cpuPercent.filter((one) => one === null)).toHaveLength(601);
  expect(cpuPercent.slice(-5)).toEqual([50, 50, 50, 50, 50]);
});

test('a clock that is set back gives earlier samples earlier times and loses none', () => {
  const { clock, host } = start();
  clock.advance(5_000);
  clock.setWallClock(clock.now() - 86_400_000);
  clock.advance(5_000);
  const { cpuPercent, from } = host.history(HOUR_MS, 3600);
  expect(from).toBe('2025-12-31T00:00:00.000000Z');
  expect(cpuPercent).toEqual([null, ...Array.from({ length: 10 }, () => 50)]);
});

test('a clock that jumps by years leaves what came after it, and takes no time', () => {
  const { clock, host } = start();
  clock.advance(5_000);
  clock.setWallClock(Date.UTC(2126, 0, 1));
  clock.advance(3_000);
  const { cpuPercent } = host.history(HOUR_MS, 3600);
  expect(cpuPercent).toHaveLength(3600);
  expect(cpuPercent.slice(-3)).toEqual([50, 50, 50]);
  expect(cpuPercent.slice(0, -3).every((one) => one === null)).toBe(true);
});

test('an interface that comes, or counts anew, makes no peak', () => {
  const { clock, machine, host } = start();
  clock.advance(2_000);
  machine.interfaces = 'wg0: 90000000 0 0 0 0 0 0 0 90000000 0\n';
  clock.advance(1_000);
  machine.interfaces = 'wg0: 5 0 0 0 0 0 0 0 5 0\n';
  clock.advance(1_000);
  expect(host.history(HOUR_MS, 3600).receivedRate).toEqual([null, 1000, 1000, 1000, 1000]);
});

test('what the kernel does not tell is null, and the rest is there', async () => {
  const { clock, machine, host } = start();
  machine.missing = ['stat', 'meminfo', 'loadavg', 'networks', 'diskstats'];
  clock.advance(2_000);
  const history = host.history(2_000, 10);
  for (const column of [history.cpuPercent, history.memoryPercent, history.load, history.readRate])
    expect(column).toEqual([null, null]);
  const figures = await host.read();
  expect(figures).toMatchObject({ cpu: { count: 0, usedPercent: null, corePercent: [] }, networks: [] });
  expect(figures.memory.totalBytes).toBeGreaterThan(0);
  expect(figures.load).toHaveLength(3);
});

test('before it is started it answers too', async () => {
  const clock = new RoughClock(START);
  const host = new Host({ clock, source: new Machine(clock), disks: { read: async () => [] } });
  expect(await host.read()).toMatchObject({ cpu: { count: 0 }, networks: [] });
  expect(host.history(HOUR_MS, 10).load).toEqual([]);
});
