/** How full the disks are, also when one of them never says so. */

import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fullOf } from '../../src/daemon/control/handlers/host-usage.ts';
import { DiskReader, type DiskSource, type Space } from '../../src/daemon/metrics/host/disk-reader.ts';
import type { DiskFigures } from '../../src/protocol/control/system.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

const SPACE: Space = { bsize: 4096, blocks: 1000, bfree: 400, bavail: 300 };

/** File systems by what they answer: room, an error, or nothing until they are told to. */
class Disks implements DiskSource {
  readonly asked: string[] = [];
  readonly #hanging = new Map<string, PromiseWithResolvers<Space>>();
  readonly #answers: Readonly<Record<string, Space | 'hangs' | 'EACCES'>>;
  #types: Readonly<Record<string, string>>;

  constructor(answers: Readonly<Record<string, Space | 'hangs' | 'EACCES'>>, types = {}) {
    this.#answers = answers;
    this.#types = types;
  }

  async mounts(): Promise<string> {
    return Object.keys(this.#answers)
      .map((mount, at) => `${at} 0 8:${at} / ${mount} rw - ${this.#types[mount] ?? 'ext4'} /dev/sd${at} rw`)
      .join('\n');
  }

  space(mount: string): Promise<Space> {
    this.asked.push(mount);
    const answer = this.#answers[mount];
    if (answer === 'hangs') {
      const late = Promise.withResolvers<Space>();
      this.#hanging.set(mount, late);
      return late.promise;
    }
    if (answer === 'EACCES' || answer === undefined) {
      return Promise.reject(Object.assign(new Error('permission denied'), { code: 'EACCES' }));
    }
    return Promise.resolve(answer);
  }

  answer(mount: string): void {
    this.#hanging.get(mount)?.resolve(SPACE);
  }
}

/** What it answers by the end of its patience. */
async function read(reader: DiskReader, clock: VirtualClock): Promise<readonly string[]> {
  const reading = reader.read();
  await clock.advanceAsync(1_000);
  return (await reading).map(({ mount }) => mount);
}

test('what is used and what can be written are told in bytes, as df does', async () => {
  const clock = new VirtualClock();
  const [disk] = await new DiskReader(clock, new Disks({ '/': SPACE })).read();
  expect(disk).toEqual({
    mount: '/',
    device: '/dev/sd0',
    type: 'ext4',
    totalBytes: 4_096_000,
    usedBytes: 600 * 4096,
    availableBytes: 300 * 4096,
  });
  expect(clock.timerCount).toBe(0);
});

test('blocks are of the size that they are counted in, not of that of a transfer', async () => {
  const space = { ...SPACE, bsize: 1_048_576, frsize: 4096 };
  const [disk] = await new DiskReader(new VirtualClock(), new Disks({ '/': space })).read();
  expect(disk).toMatchObject({ totalBytes: 4_096_000, availableBytes: 300 * 4096 });
});

test('a disk that may not be looked at, or has no size, is left out', async () => {
  const clock = new VirtualClock();
  const disks = new Disks({ '/': SPACE, '/secret': 'EACCES', '/zero': { ...SPACE, blocks: 0 } });
  expect(await read(new DiskReader(clock, disks), clock)).toEqual(['/']);
});

test('without /proc/self/mountinfo there are none', async () => {
  const clock = new VirtualClock();
  expect(await new DiskReader(clock, new Disks({})).read()).toEqual([]);
});

test('a server that is gone holds up nobody, is asked once, and is there again when it answers', async () => {
  const clock = new VirtualClock();
  const disks = new Disks({ '/': SPACE, '/mnt': 'hangs', '/srv': SPACE }, { '/mnt': 'nfs4' });
  const reader = new DiskReader(clock, disks);
  expect(await read(reader, clock)).toEqual(['/', '/srv']);
  expect(await read(reader, clock)).toEqual(['/', '/srv']);
  expect(disks.asked.filter((mount) => mount === '/mnt')).toHaveLength(1);
  disks.answer('/mnt');
  await turn();
  expect(await read(reader, clock)).toEqual(['/', '/srv']);
  expect(disks.asked.filter((mount) => mount === '/mnt')).toHaveLength(2);
});

test('one local disk that hangs leaves the others readable, and never more than three questions stay unanswered', async () => {
  const clock = new VirtualClock();
  const one = new DiskReader(clock, new Disks({ '/a': 'hangs', '/b': SPACE, '/c': SPACE }));
  expect(await read(one, clock)).toEqual(['/b', '/c']);
  expect(await read(one, clock)).toEqual(['/b', '/c']);
  const names = ['/a', '/b', '/c', '/d', '/e', '/f'];
  const types = { '/d': 'nfs', '/e': 'cifs', '/f': 'fuse.sshfs' };
  const all = new Disks(Object.fromEntries(names.map((name) => [name, 'hangs' as const])), types);
  const reader = new DiskReader(clock, all);
  for (let round = 0; round < 5; round += 1) expect(await read(reader, clock)).toEqual([]);
  expect(all.asked).toEqual(['/a', '/b', '/d']);
});

test('who asks within a second gets the same answer, without another look', async () => {
  const clock = new VirtualClock();
  const disks = new Disks({ '/': SPACE });
  const reader = new DiskReader(clock, disks);
  await Promise.all([reader.read(), reader.read()]);
  clock.advance(999);
  await reader.read();
  expect(disks.asked).toEqual(['/']);
  clock.advance(1);
  await reader.read();
  expect(disks.asked).toEqual(['/', '/']);
});

test('the disks of this machine are read', async () => {
  const disks = await new DiskReader(new VirtualClock()).read();
  for (const { totalBytes, usedBytes, availableBytes } of disks) {
    expect(totalBytes).toBeGreaterThan(0);
    expect(usedBytes + availableBytes).toBeLessThanOrEqual(totalBytes);
  }
});

test('full is a disk of which 90 percent are used of what can be used at all', () => {
  const disk = (mount: string, usedBytes: number, availableBytes: number): DiskFigures => ({
    mount,
    device: '/dev/x',
    type: 'ext4',
    totalBytes: 1000,
    usedBytes,
    availableBytes,
  });
  const disks = [disk('/a', 899, 101), disk('/b', 851, 94), disk('/c', 950, 0), disk('/d', 0, 0)];
  expect(fullOf(disks)).toEqual([
    { mount: '/c', usedPercent: 100 },
    { mount: '/b', usedPercent: 91 },
    { mount: '/a', usedPercent: 90 },
  ]);
});
