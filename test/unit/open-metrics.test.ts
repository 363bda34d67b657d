/** Metric families as text, and the checker that holds them to the specification. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lastSequence } from '../../src/daemon/metrics/live-lines.ts';
import { formatMetrics, type MetricFamily } from '../../src/daemon/metrics/open-metrics.ts';
import { LATENCY_BOUNDS_SECONDS, RequestMeter } from '../../src/daemon/metrics/request-meter.ts';
import { checkOpenMetrics } from '../rig/open-metrics-check.ts';
import { checkWithPromtool, PROMTOOL_REASON } from '../rig/promtool.ts';

const FAMILIES: readonly MetricFamily[] = [
  {
    name: 'toru_x_seconds',
    type: 'counter',
    unit: 'seconds',
    help: 'A "quoted" \\ text\nof two lines',
    samples: [{ labels: { plugin: 'a"b\\c\nd' }, value: 1.5 }],
    createdSeconds: 1_700_000_000.25,
  },
  { name: 'toru_y', type: 'gauge', help: 'Y', samples: [{ value: Number.NaN }] },
  { name: 'toru_empty', type: 'gauge', help: 'Nothing', samples: [] },
  {
    name: 'toru_wait_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'H',
    bounds: [0.1, 1],
    histograms: [{ labels: { method: 'm' }, counts: [2, 0, 1], sum: 5.25 }],
    createdSeconds: 1_700_000_000,
  },
];

test('OpenMetrics text has its metadata, escapes, suffixes and end', () => {
  const text = formatMetrics(FAMILIES, 'openmetrics');
  expect(text.split('\n')).toEqual([
    '# TYPE toru_x_seconds counter',
    '# UNIT toru_x_seconds seconds',
    '# HELP toru_x_seconds A \\"quoted\\" \\\\ text\\nof two lines',
    'toru_x_seconds_total{plugin="a\\"b\\\\c\\nd"} 1.5',
    'toru_x_seconds_created{plugin="a\\"b\\\\c\\nd"} 1700000000.25',
    '# TYPE toru_y gauge',
    '# HELP toru_y Y',
    'toru_y NaN',
    '# TYPE toru_wait_seconds histogram',
    '# UNIT toru_wait_seconds seconds',
    '# HELP toru_wait_seconds H',
    'toru_wait_seconds_bucket{method="m",le="0.1"} 2',
    'toru_wait_seconds_bucket{method="m",le="1.0"} 2',
    'toru_wait_seconds_bucket{method="m",le="+Inf"} 3',
    'toru_wait_seconds_count{method="m"} 3',
    'toru_wait_seconds_sum{method="m"} 5.25',
    'toru_wait_seconds_created{method="m"} 1700000000',
    '# EOF',
    '',
  ]);
  const checked = checkOpenMetrics(text);
  expect(checked.faults).toEqual([]);
  const sample = checked.families.get('toru_x_seconds')?.samples[0];
  expect(sample?.labels.get('plugin')).toBe('a"b\\c\nd');
});

test("Prometheus' text names a counter with _total in its metadata and has nothing that only OpenMetrics knows", () => {
  const text = formatMetrics(FAMILIES, 'prometheus');
  expect(text).toContain(
    '# TYPE toru_x_seconds_total counter\n# HELP toru_x_seconds_total A "quoted" \\\\ text\\nof',
  );
  expect(text).not.toMatch(/UNIT|EOF|_created/);
});

test.skipIf(PROMTOOL_REASON !== undefined)(
  `promtool finds nothing to say about Prometheus' text${PROMTOOL_REASON ?? ''}`,
  () => {
    expect(checkWithPromtool(formatMetrics(FAMILIES, 'prometheus'))).toBe('');
    expect(checkWithPromtool('toru_seconds_x 1\n')).not.toBe('');
  },
);

test.each([
  ['# TYPE a gauge\n# HELP a A\na 1\n', 'EOF'],
  ['# TYPE a counter\n# HELP a A\na 1\n# EOF\n', 'outside its family'],
  ['# TYPE a_total counter\n# HELP a_total A\na_total 1\n# EOF\n', 'outside its family'],
  ['# TYPE a gauge\n# HELP a A\na 1\na 2\n# EOF\n', 'twice'],
  ['# TYPE a gauge\n# HELP a A\na{b="1",b="2"} 1\n# EOF\n', 'twice'],
  ['# TYPE a gauge\n# HELP a A\na{b="x\\y"} 1\n# EOF\n', 'cannot be read'],
  ['# TYPE a gauge\n# HELP a A\na 1\n# TYPE b gauge\n# HELP b B\nb 1\n# UNIT a x\n# EOF\n', 'two pieces'],
  ['# TYPE a_seconds gauge\n# HELP a_seconds A\na_seconds 1\n# EOF\n', 'no UNIT'],
  ['# TYPE a gauge\na 1\n# EOF\n', 'no HELP'],
  ['# TYPE a gauge\n# HELP a A\na one\n# EOF\n', 'no number'],
  ['# TYPE a gauge\n\n# HELP a A\na 1\n# EOF\n', 'neither'],
  [
    '# TYPE a histogram\n# HELP a A\na_bucket{le="1.0"} 2\na_bucket{le="+Inf"} 1\na_count 1\na_sum 1\n# EOF\n',
    'cumulated',
  ],
  ['# TYPE a histogram\n# HELP a A\na_bucket{le="1.0"} 2\na_count 2\na_sum 1\n# EOF\n', '+Inf'],
])('the checker finds the fault in %j', (text, fault) => {
  expect(checkOpenMetrics(text).faults.join('\n')).toContain(fault);
});

test('each answer is counted in the bucket of its duration and by its outcome; streams have no duration', () => {
  const meter = new RequestMeter();
  meter.answered('plugin.stop', 0.5, 'ok');
  meter.answered('plugin.stop', 1, 'denied');
  meter.answered('plugin.stop', 3_600_000, 'timeout');
  meter.opened('log.read', 'ok');
  const [[method, { counts, sumSeconds }] = ['', { counts: [], sumSeconds: 0 }]] = meter.latencies();
  expect([method, counts[0], counts[LATENCY_BOUNDS_SECONDS.length]]).toEqual(['plugin.stop', 2, 1]);
  expect(sumSeconds).toBeCloseTo(3600.0015, 6);
  expect(meter.latencies()).toHaveLength(1);
  expect(meter.outcomes().map(([name, outcomes]) => [name, Object.fromEntries(outcomes)])).toEqual([
    ['log.read', { ok: 1 }],
    ['plugin.stop', { ok: 1, denied: 1, timeout: 1 }],
  ]);
});

test('the lines of a live run are read off the last line of its log, whatever a plugin writes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'toru-lines-'));
  try {
    const log = join(folder, 'web.log');
    const line = (seq: number, run: number, more = ''): string =>
      `${JSON.stringify({ message: `,"seq":99,"run":${run}}`.padEnd(2000), stream: 'stdout', seq, run }).slice(0, -1)}${more}}\n`;
    expect(lastSequence(log, 7)).toBeUndefined();
    writeFileSync(log, line(1, 7) + line(2, 7));
    expect(lastSequence(log, 7)).toBe(2);
    expect(lastSequence(log, 8)).toBeUndefined();
    writeFileSync(log, line(3, 7, ',"cut":true'));
    expect(lastSequence(log, 7)).toBe(3);
    writeFileSync(log, line(5, 7, ',"lost":2'));
    expect(lastSequence(log, 7)).toBe(5);
    writeFileSync(log, '');
    writeFileSync(`${log}.1`, line(6, 7));
    expect(lastSequence(log, 7)).toBe(6);
    writeFileSync(log, 'no line of ours\n');
    expect(lastSequence(log, 9)).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
