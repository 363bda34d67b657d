/** What the kernel says of the machine, on samples of machines of different kinds. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBlockDevices } from '../../src/daemon/metrics/host/block-devices.ts';
import {
  busyPercent,
  parseCores,
  parseCpuTotal,
  secondsIn,
} from '../../src/daemon/metrics/host/cpu-times.ts';
import { parseLoad, parseUptimeMs } from '../../src/daemon/metrics/host/load-average.ts';
import { parseMemory } from '../../src/daemon/metrics/host/memory-figures.ts';
import { parseMounts } from '../../src/daemon/metrics/host/mounts.ts';
import { parseNetworks } from '../../src/daemon/metrics/host/network-counters.ts';

const STAT = `cpu  1919738 52892 902676 3846353 14464 0 17009 2379 120 7
cpu0 943243 26354 441059 1954066 4435 0 5881 1215 60 3
cpu2 976494 26538 461617 1892287 10028 0 11127 1163 60 4
intr 49357113 0 0 0
ctxt 166151680
btime 1795223565
`;

test('processor time is read by core, also when one is offline', () => {
  const cores = parseCores(STAT);
  expect([...cores.keys()]).toEqual([0, 2]);
  expect(secondsIn(cores.get(2) ?? [], 'user')).toBe(9764.94);
  expect(secondsIn(cores.get(2) ?? [], 'steal')).toBe(11.63);
  expect(secondsIn(parseCpuTotal(STAT) ?? [], 'idle')).toBe(38463.53);
});

test('kernels that know fewer modes have nothing in the others', () => {
  const old = parseCpuTotal('cpu  100 0 50 850\ncpu0 100 0 50 850\n');
  expect(secondsIn(old ?? [], 'user')).toBe(1);
  expect(secondsIn(old ?? [], 'steal')).toBe(0);
});

test('without /proc/stat nothing is known of processors', () => {
  expect(parseCpuTotal('')).toBeUndefined();
  expect(parseCores('').size).toBe(0);
});

test('guests count once: in user, where the kernel counts them already', () => {
  const before = parseCpuTotal('cpu  0 0 0 0 0 0 0 0 0 0');
  const now = parseCpuTotal('cpu  50 0 0 50 0 0 0 0 50 0');
  expect(busyPercent(before, now)).toBe(50);
});

test('waiting for a disk is not being busy', () => {
  expect(busyPercent(parseCpuTotal('cpu  0 0 0 0 0'), parseCpuTotal('cpu  10 0 0 20 70'))).toBe(10);
});

test('the share of a core is null when its counters stood still or went back', () => {
  const zero = parseCpuTotal('cpu  0 0 0 0');
  expect(busyPercent(zero, zero)).toBeNull();
  expect(busyPercent(undefined, zero)).toBeNull();
  expect(busyPercent(parseCpuTotal('cpu  90 0 0 90'), zero)).toBeNull();
  // Of iowait, proc_stat(5) says that it may decrease.
  expect(busyPercent(parseCpuTotal('cpu  0 0 0 0 50'), parseCpuTotal('cpu  100 0 0 0 40'))).toBe(100);
});

test('memory in use is what programs could not be given', () => {
  const text = `MemTotal:       24684092 kB
MemFree:        22830776 kB
MemAvailable:   23700676 kB
Buffers:            5284 kB
Cached:           375424 kB
SwapCached:            0 kB
SwapTotal:       1048572 kB
SwapFree:        1040000 kB
`;
  expect(parseMemory(text)).toEqual({
    totalBytes: 24684092 * 1024,
    usedBytes: (24684092 - 23700676) * 1024,
    availableBytes: 23700676 * 1024,
    swapTotalBytes: 1048572 * 1024,
    swapUsedBytes: 8572 * 1024,
  });
});

test('where the kernel does not say what is available, free memory and caches are', () => {
  const figures = parseMemory(
    'MemTotal:  1000 kB\nMemFree:  200 kB\nBuffers:  50 kB\nCached:  150 kB\nSwapCached: 9 kB\n',
  );
  expect(figures).toMatchObject({ availableBytes: 400 * 1024, usedBytes: 600 * 1024, swapTotalBytes: 0 });
});

test('a container that tells of more available memory than it has uses none', () => {
  expect(parseMemory('MemTotal: 10 kB\nMemAvailable: 90 kB\n')).toMatchObject({ usedBytes: 0 });
});

test('without /proc/meminfo nothing is known of memory', () => {
  expect(parseMemory('')).toBeUndefined();
  expect(parseMemory('MemTotal: 0 kB\n')).toBeUndefined();
});

test('load and uptime are read, and refused when they are none', () => {
  expect(parseLoad('1.31 0.73 1.33 4/123 19569\n')).toEqual([1.31, 0.73, 1.33]);
  for (const text of ['', '1.0 2.0', 'a b c']) expect(parseLoad(text)).toBeUndefined();
  expect(parseUptimeMs('34024.27 38463.53\n')).toBe(34_024_270);
  expect(parseUptimeMs('')).toBeUndefined();
});

test('network interfaces are read: long numbers without a space before them, aliases, and nothing of the head', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 51579689118 17365862    0    0    0     0          0         0 51579689119 17365862    0    0    0     0       0          0
  eth0:5178248769  138064    0    0    0     0          0         0 10441797   93795    0    0    0     0       0          0
eth0:1: 7 1 0 0 0 0 0 0 8 1 0 0 0 0 0 0
`;
  expect(parseNetworks(text)).toEqual([
    { name: 'lo', receivedBytes: 51579689118, sentBytes: 51579689119 },
    { name: 'eth0', receivedBytes: 5178248769, sentBytes: 10441797 },
    { name: 'eth0:1', receivedBytes: 7, sentBytes: 8 },
  ]);
  expect(parseNetworks('')).toEqual([]);
});

test('of block devices only whole ones count, and none that lies on another one', () => {
  const line = (name: string, read: number, written: number): string =>
    `   8       0 ${name} 1 2 ${read} 4 5 6 ${written} 8 9 10 11 12 13 14 15\n`;
  const text = [
    ...['sda', 'sda1', 'sda15', 'nvme0n1', 'nvme0n1p2', 'nvme0n10', 'mmcblk0', 'mmcblk0p1', 'vda'],
    ...['dm-0', 'md0', 'loop3', 'zram0', 'ram1', 'sr0'],
  ]
    .map((name) => line(name, 2, 4))
    .join('');
  const devices = parseBlockDevices(text);
  expect(devices.map(({ name }) => name)).toEqual(['sda', 'nvme0n1', 'nvme0n10', 'mmcblk0', 'vda', 'sr0']);
  expect(devices[0]).toEqual({ name: 'sda', readBytes: 1024, writtenBytes: 2048 });
});

test('a partition whose disk is not to be seen, as in a container, counts itself', () => {
  const devices = parseBlockDevices('8 1 sda1 1 0 8 0 1 0 8 0 0 0 0\n8 2\n\n');
  expect(devices).toEqual([{ name: 'sda1', readBytes: 4096, writtenBytes: 4096 }]);
});

test('disks are those file systems that have room of their own, each once', () => {
  const text = String.raw`22 27 0:21 / /proc rw,relatime - proc proc rw
24 27 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw
25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw
27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda1 rw
28 27 254:0 /srv /var/lib/machines/bind rw - ext4 /dev/vda1 rw
29 27 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro
30 27 0:40 /@home /home rw - btrfs /dev/sdb rw,subvol=/@home
31 27 0:41 /@ /big rw - btrfs /dev/sdb rw,subvol=/@
32 27 0:50 / /mnt/my\040files\134x rw - xfs /dev/mapper/vg-files rw
33 27 0:51 / /mnt/share rw - nfs4 server:/export rw
34 27 0:52 / /var/lib/docker/overlay2/a/merged rw - overlay overlay rw
35 27 0:53 / /run/user/1000/gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw
36 27 0:54 / /tank rw - zfs tank rw
37 27 0:55 / /mnt/over rw - autofs systemd-1 rw
38 37 254:9 / /mnt/over rw - ext4 /dev/sdc1 rw`;
  expect(parseMounts(text).map(({ mount, device, isRemote }) => [mount, device, isRemote])).toEqual([
    ['/', '/dev/vda1', false],
    ['/big', '/dev/sdb', false],
    ['/mnt/my files\\x', '/dev/mapper/vg-files', false],
    ['/mnt/over', '/dev/sdc1', false],
    ['/mnt/share', 'server:/export', true],
    ['/tank', 'tank', false],
  ]);
});

test('in a container the root is a disk, whatever it is made of', () => {
  const text = `1 0 0:30 / / rw - overlay overlay rw
2 1 254:1 /etc /etc/hosts rw - ext4 /dev/vda1 rw
3 1 254:1 /res /etc/resolv.conf rw - ext4 /dev/vda1 rw
4 1 0:32 / /tmp rw - tmpfs tmpfs rw
nonsense
6 1 0:34 /  - ext4 /dev/vdb rw
7 1 0:35 / /y rw - ext4  rw
5 1 0:33 / /x rw - ext4`;
  expect(parseMounts(text).map(({ mount }) => mount)).toEqual(['/', '/etc/hosts']);
  expect(parseMounts('')).toEqual([]);
});

test('no text whatever makes a parser fail, or say what is no number', () => {
  const words = fc.constantFrom(
    ...['cpu ', 'cpu0 ', '1 ', '99999999999999999999 ', 'MemTotal: ', ' kB', 'eth0:', ' - ', '8 0 sda '],
    ...['ext4 /dev/x rw', '/', '\\040', '\n', '-1 ', 'NaN ', ':', '\0', ' '],
  );
  const text = fc.array(fc.oneof(words, fc.string()), { maxLength: 60 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (any) => {
      const numbers = [
        ...(parseCpuTotal(any) ?? []),
        ...[...parseCores(any).values()].flat(),
        ...Object.values(parseMemory(any) ?? {}),
        ...(parseLoad(any) ?? []),
        ...parseNetworks(any).flatMap(({ receivedBytes, sentBytes }) => [receivedBytes, sentBytes]),
        ...parseBlockDevices(any).flatMap(({ readBytes, writtenBytes }) => [readBytes, writtenBytes]),
        parseUptimeMs(any) ?? 0,
      ];
      expect(numbers.every(Number.isFinite)).toBe(true);
      expect(parseMounts(any).every(({ mount, device }) => mount !== '' && device !== '')).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
