/** When cron expressions come due, also on the days on which the clocks change. */

import { expect, test } from 'vitest';
import { cronFieldProblem } from '../../src/daemon/base/cron-fields.ts';
import { readCron } from '../../src/daemon/base/cron-times.ts';
import { unwrap } from './store-scratch.ts';

const BERLIN = 'Europe/Berlin';
const NEW_YORK = 'America/New_York';

function next(cron: string, zone: string | null, from: string, count: number): string[] {
  const times = unwrap(readCron(cron, zone)).next(Date.parse(from), count);
  return times.map((ms) => new Date(ms).toISOString().slice(0, 16));
}

// Clocks go from 02:00 to 03:00 (Berlin at 01:00 UTC, New York at 07:00 UTC).
test.each([
  ['30 2 * * *', BERLIN, '2026-03-28T12:00Z', ['2026-03-29T01:00', '2026-03-30T00:30']],
  ['15,45 2 * * *', BERLIN, '2026-03-28T12:00Z', ['2026-03-29T01:00', '2026-03-30T00:15']],
  ['0 3 * * *', BERLIN, '2026-03-28T12:00Z', ['2026-03-29T01:00', '2026-03-30T01:00']],
  ['0 * * * *', BERLIN, '2026-03-28T23:30Z', ['2026-03-29T00:00', '2026-03-29T01:00', '2026-03-29T02:00']],
  ['*/30 2 * * *', BERLIN, '2026-03-28T12:00Z', ['2026-03-30T00:00', '2026-03-30T00:30']],
  ['30 2 * * *', NEW_YORK, '2026-03-07T12:00Z', ['2026-03-08T07:00', '2026-03-09T06:30']],
  ['0 * * * *', NEW_YORK, '2026-03-08T05:30Z', ['2026-03-08T06:00', '2026-03-08T07:00', '2026-03-08T08:00']],
])('in spring "%s" in %s comes once after the gap, or goes by real time', (cron, zone, from, expected) => {
  expect(next(cron, zone, from, expected.length)).toEqual(expected);
});

// Clocks go from 03:00 back to 02:00 (Berlin at 01:00 UTC), from 02:00 to 01:00 (New York at 06:00 UTC).
test.each([
  ['30 2 * * *', BERLIN, '2026-10-24T12:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
  ['0 * * * *', BERLIN, '2026-10-24T23:30Z', ['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00']],
  ['30 1 * * *', NEW_YORK, '2026-10-31T12:00Z', ['2026-11-01T05:30', '2026-11-02T06:30']],
  ['0 * * * *', NEW_YORK, '2026-11-01T04:30Z', ['2026-11-01T05:00', '2026-11-01T06:00', '2026-11-01T07:00']],
])('in autumn "%s" in %s comes once, or goes by real time', (cron, zone, from, expected) => {
  expect(next(cron, zone, from, expected.length)).toEqual(expected);
});

test.each([
  ['30 2 * * *', true],
  ['0,30 8-17 * * 1-5', true],
  ['@daily', true],
  ['@hourly', false],
  ['* * * * *', false],
  ['*/5 2 * * *', false],
  ['0 0-23/2 * * *', false],
])('"%s" is fixed: %s', (cron, isFixed) => {
  expect(unwrap(readCron(cron, 'UTC')).isFixed).toBe(isFixed);
});

test('day of the month and day of the week: either of them, as in crontab(5)', () => {
  expect(next('0 0 1 * MON', 'UTC', '2026-11-21T00:00Z', 3)).toEqual([
    '2026-11-23T00:00',
    '2026-11-30T00:00',
    '2026-12-01T00:00',
  ]);
});

test('a day that does not exist is never due, which is found out soon', () => {
  expect(next('0 0 30 2 *', 'UTC', '2026-11-21T00:00Z', 1)).toEqual([]);
});

test('the machine’s own zone is used when none is named', () => {
  const local = new Date(2026, 10, 22, 3, 15).toISOString().slice(0, 16);
  expect(next('15 3 22 11 *', null, '2026-11-21T00:00Z', 1)).toEqual([local]);
});

test('the last moments come newest first, between two bounds', () => {
  const times = unwrap(readCron('0 * * * *', 'UTC'));
  const hour = (at: number): number => Date.UTC(2026, 10, 21, at);
  expect(times.last(hour(5) + 1, hour(2), 100)).toEqual([hour(5), hour(4), hour(3)]);
  expect(times.last(hour(5), hour(2), 100)).toEqual([hour(4), hour(3)]);
  expect(times.last(hour(5) + 1, hour(0), 2)).toEqual([hour(5), hour(4)]);
  expect(times.last(hour(5), hour(5), 100)).toEqual([]);
});

test.each([
  ['*/61 * * * *', 'has a wrong minute: the step of "*/61" must be a number from 1 to 60'],
  ['5/10 * * * *', 'has a wrong minute: a step stands behind * or a range'],
  ['0 24 * * *', 'has a wrong hour: "24" is not a number from 0 to 23'],
  ['0 22-2 * * *', 'has a wrong hour: the range "22-2" goes backwards'],
  ['0 0 1,,2 * *', 'has a wrong day: nothing stands before or behind a comma'],
  ['0 0 * 13 *', 'has a wrong month: "13" is not a number from 1 to 12, or a name as JAN'],
  ['0 0 * * MONDAY', 'has a wrong day of the week: "MONDAY" is not a number from 0 to 7, or a name as MON'],
])('"%s" is refused with its field named, in our own words', (cron, problem) => {
  const read = readCron(cron, 'UTC');
  expect(read.ok ? '' : read.failure).toContain(problem);
});

test.each([
  '0 0 L * *',
  '0 0 LW * *',
  '0 0 15W * *',
  '0 0 * * MON#1',
  '0 0 * * 5L',
  '0 0 ? * FRI-SUN',
  '*/60 */24 */31 */12 *',
])('"%s" is taken, as it always was', (cron) => {
  expect(cronFieldProblem(cron)).toBeUndefined();
  expect(readCron(cron, 'UTC').ok).toBe(true);
});
