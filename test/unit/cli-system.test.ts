/** `toru system` as text and as bare figures. */

import { expect, test } from 'vitest';
import { systemText } from '../../src/cli/system-block.ts';
import { systemTable } from '../../src/cli/system-table.ts';
import type { SystemHistory, SystemReadResult } from '../../src/protocol/control/system.ts';

const GIB = 1024 ** 3;
const PLAIN = { hasColour: false, columns: undefined };

function read(more: Partial<SystemReadResult['system']> = {}): SystemReadResult {
  return {
    system: {
      at: '2026-11-21T03:15:00.000000Z',
      hostname: 'web1',
      kernel: '6.12.0',
      uptimeMs: 90_000_000,
      load: [0.5, 1.25, 2],
      cpu: { count: 2, model: 'Some CPU', usedPercent: 12.34, corePercent: [10.4, 14.6] },
      memory: {
        totalBytes: 16 * GIB,
        usedBytes: 4 * GIB,
        availableBytes: 12 * GIB,
        swapTotalBytes: 2 * GIB,
        swapUsedBytes: 0,
      },
      disks: [
        {
          mount: '/',
          device: '/dev/vda',
          type: 'ext4',
          totalBytes: 10 * GIB,
          usedBytes: 9 * GIB,
          availableBytes: GIB / 2,
        },
      ],
      diskRates: { readRate: 2048, writeRate: 0 },
      networks: [{ name: 'eth0', receivedBytes: GIB, sentBytes: 0, receivedRate: 1024, sentRate: 0 }],
      ...more,
    },
  };
}

function historyOf(cpuPercent: readonly (number | null)[]): SystemHistory {
  const none = cpuPercent.map(() => null);
  return {
    from: '2026-11-21T03:14:00.000000Z',
    stepMs: 1000,
    cpuPercent,
    memoryPercent: none,
    swapPercent: none,
    load: none,
    receivedRate: none,
    sentRate: none,
    readRate: none,
    writeRate: none,
  };
}

test('figures have their units', () => {
  expect(systemText(read(), PLAIN).split('\n')).toEqual([
    '● web1 - 6.12.0',
    '       Up: 1d 1h',
    '     Load: 0.50 1.25 2.00  (1, 5, 15 min; 2 cores)',
    '      CPU: 12.3%; by core 10 15  (Some CPU)',
    '   Memory: 4.0G of 16.0G used (25.0%), 12.0G available',
    '     Swap: 0B of 2.0G used',
    '    Disks: 2.0K/s read, 0B/s written',
    '',
    'MOUNT  USED   SIZE  AVAILABLE    USE  DEVICE    TYPE',
    '/      9.0G  10.0G     512.0M  94.7%  /dev/vda  ext4',
    '',
    'NETWORK      IN   OUT  RECEIVED  SENT',
    'eth0     1.0K/s  0B/s      1.0G    0B',
  ]);
});

test('what was not measured yet is a dash, and what is not there is left out', () => {
  const text = systemText(
    read({
      cpu: { count: 1, model: '', usedPercent: null, corePercent: [null] },
      memory: { totalBytes: 0, usedBytes: 0, availableBytes: 0, swapTotalBytes: 0, swapUsedBytes: 0 },
      disks: [],
      diskRates: { readRate: null, writeRate: null },
      networks: [],
    }),
    PLAIN,
  );
  expect(text).toMatch(/CPU: -\n/);
  expect(text).toMatch(/used \(-\), /);
  expect(text).toMatch(/Swap: none\n {4}Disks: - read, - written$/);
});

test('no line is wider than the screen, and no name of a mount steers it', () => {
  const disks = [
    { ...read().system.disks[0], mount: `/mnt/\x1b[2J${'x'.repeat(200)}` },
  ] as SystemReadResult['system']['disks'];
  const lines = systemText(read({ disks }), { hasColour: false, columns: 60 }).split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(lines.join('')).not.toMatch(/\p{Cc}/u);
});

test('a full disk is red', () => {
  expect(systemText(read(), { hasColour: true, columns: undefined })).toContain('\x1b[31m94.7%');
});

test('the past is its least, mean and most, with gaps where nothing was measured', () => {
  const history = historyOf([0, null, 50, 100]);
  const lines = systemText({ ...read(), history }, PLAIN).split('\n');
  expect(lines.find((line) => line.startsWith('PAST'))).toMatch(/^PAST 3 s +LEAST +MEAN +MOST$/);
  expect(lines.find((line) => line.startsWith('CPU '))).toMatch(/^CPU +0\.0% +50\.0% +100\.0% {2}▁ ▅█$/);
  expect(lines.find((line) => line.startsWith('load '))).toMatch(/^load +- +- +-$/);
});

test('bare figures have the keys of the JSON', () => {
  const rows = new Map(systemTable({ ...read(), history: historyOf([1, null]), plugins: [] }).rows);
  expect(rows.get('memory.totalBytes')).toBe(String(16 * GIB));
  expect(rows.get('cpu.corePercent')).toBe('10.4 14.6');
  expect(rows.get('disks./.usedBytes')).toBe(String(9 * GIB));
  expect(rows.get('networks.eth0.receivedRate')).toBe('1024');
  expect(rows.get('history.cpuPercent')).toBe('1 -');
});
