/** What a task writes, taken apart into lines for the console. */

import { expect, test, vi } from 'vitest';
import type { LogEntry } from '../../plugins/web/console/log/log-rows.ts';
import { OutputLines } from '../../plugins/web/console/pages/tasks/output-lines.ts';

function shown(): { lines: OutputLines; texts: string[] } {
  const texts: string[] = [];
  const lines = new OutputLines((entries: readonly LogEntry[]) => {
    for (const { stream, message } of entries) texts.push(`${stream}: ${message}`);
  });
  return { lines, texts };
}

test('lines of the two streams are put together apart', () => {
  const { lines, texts } = shown();
  lines.add('stdout', '', 'one\ntw');
  lines.add('stderr', '', 'err');
  lines.add('stdout', '', 'o\n');
  lines.add('stderr', '', 'or\n');
  expect(texts).toEqual(['stdout: one', 'stdout: two', 'stderr: error']);
});

test('a line without an end is shown after a moment, and at the end', () => {
  vi.useFakeTimers();
  const { lines, texts } = shown();
  lines.add('stdout', '', 'password: ');
  expect(texts).toEqual([]);
  vi.runAllTimers();
  expect(texts).toEqual(['stdout: password: ']);
  lines.add('stdout', '', 'rest');
  lines.flush();
  expect(texts.at(-1)).toBe('stdout: rest');
  vi.useRealTimers();
});

test('what a carriage return has overwritten is not shown', () => {
  const { lines, texts } = shown();
  lines.add('stdout', '', '10 %\r50 %\r100 %\ndos\r\n');
  expect(texts).toEqual(['stdout: 100 %', 'stdout: dos']);
});

test('an endless line is shown in parts', () => {
  const { lines, texts } = shown();
  for (let count = 0; count < 10; count += 1) lines.add('stdout', '', 'x'.repeat(20_000));
  expect(texts.length).toBeGreaterThan(1);
  lines.flush();
  expect(texts.join('').replaceAll('stdout: ', '')).toHaveLength(200_000);
});
