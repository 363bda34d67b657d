/** The last hour of the machine, as the console keeps it for plots. */

import { expect, test } from 'vitest';
import {
  appended,
  NO_SERIES,
  SPAN_MS,
  seriesOf,
  summaryOf,
} from '../../plugins/web/console/pages/system/series.ts';
import type { SystemFigures, SystemHistory } from '../../src/protocol/control/system.ts';

function figuresAt(atMs: number, more: Partial<SystemFigures> = {}): SystemFigures {
  return {
    at: new Date(atMs).toISOString(),
    hostname: 'h',
    kernel: 'k',
    uptimeMs: 1,
    load: [0.5, 0, 0],
    cpu: { count: 1, model: 'm', usedPercent: 25, corePercent: [25] },
    memory: { totalBytes: 200, usedBytes: 50, availableBytes: 150, swapTotalBytes: 0, swapUsedBytes: 0 },
    disks: [],
    diskRates: { readRate: 10, writeRate: null },
    networks: [
      { name: 'lo', receivedBytes: 0, sentBytes: 0, receivedRate: 999, sentRate: 999 },
      { name: 'a', receivedBytes: 0, sentBytes: 0, receivedRate: 1, sentRate: null },
      { name: 'b', receivedBytes: 0, sentBytes: 0, receivedRate: 2, sentRate: null },
    ],
    ...more,
  };
}

test('a sample has the columns that the past has: loopback is left out, no swap is none in use', () => {
  const { times, columns } = appended(NO_SERIES, figuresAt(60_000));
  expect(times).toEqual([60]);
  expect(columns).toEqual({
    cpuPercent: [25],
    memoryPercent: [25],
    swapPercent: [0],
    load: [0.5],
    receivedRate: [3],
    sentRate: [null],
    readRate: [10],
    writeRate: [null],
  });
});

test('samples follow the past, each once, and those older than an hour leave', () => {
  const values = [1, null, 3];
  const history: SystemHistory = {
    from: new Date(0).toISOString(),
    stepMs: 1000,
    cpuPercent: values,
    memoryPercent: values,
    swapPercent: values,
    load: values,
    receivedRate: values,
    sentRate: values,
    readRate: values,
    writeRate: values,
  };
  const past = seriesOf(history);
  expect(past.times).toEqual([0, 1, 2]);
  expect(appended(past, figuresAt(2_000))).toBe(past);
  const later = appended(past, figuresAt(SPAN_MS + 1_000));
  expect(later.times).toEqual([1, 2, 3601]);
  expect(later.columns.load).toEqual([null, 3, 0.5]);
  expect(appended(later, figuresAt(9 * SPAN_MS)).times).toHaveLength(1);
});

test('a summary knows the least, the most and the last, and nothing of nothing', () => {
  expect(summaryOf([3, null, 1, 2])).toEqual({ now: 2, least: 1, most: 3 });
  expect(summaryOf([null])).toEqual({ now: null, least: null, most: null });
  expect(summaryOf([])).toEqual({ now: null, least: null, most: null });
});
