/** Looking for words in what a command has said. */

import { expect, test } from 'vitest';
import type { Output } from '../../src/cli/tui/screens/output.ts';
import { outputScreen } from '../../src/cli/tui/screens/output.ts';
import { Driver, newContext } from './tui-crash-scene.ts';

function shown(lines: readonly string[], columns = 60, rows = 6): Driver {
  const output: Output = { title: 'list', argv: ['list'], lines, code: 0 };
  return new Driver(outputScreen(output, 'output-1'), newContext(columns, rows));
}

function search(driver: Driver, words: string): void {
  const go = driver.keys('/')?.go;
  if (go?.kind !== 'prompt') throw new Error('no prompt');
  driver.take(driver.screen.onPrompt(go.name, words, true, driver.context));
}

const LINES = Array.from({ length: 40 }, (_, at) => `line ${at}${at % 10 === 7 ? ' Refused' : ''}`);

test('/ brings the next line with the words to the top, n and N go on, and the ends are said', () => {
  const driver = shown(LINES);
  driver.keys('n');
  expect(driver.notice).toBe('nothing is searched for: / begins');
  search(driver, 'refused');
  expect(driver.rows()[1]).toBe(' line 7 Refused');
  driver.keys('n', 'n');
  expect(driver.rows()[1]).toBe(' line 27 Refused');
  driver.keys('n');
  expect(driver.rows()).toContain(' line 37 Refused');
  driver.keys('n');
  expect(driver.notice).toBe('no line below has "refused"');
  driver.keys('N', 'N');
  expect(driver.rows()[1]).toBe(' line 17 Refused');
  const matches = driver.screen.view(driver.context).flat();
  expect(matches.filter(({ role }) => role === 'match').map(({ text }) => text)).toEqual(['Refused']);
  search(driver, '');
  expect(driver.rows()[1]).toBe(' line 17 Refused');
});

test('words with capitals are meant so, signs mean themselves, and what is not there changes nothing', () => {
  const driver = shown(['a.b', 'axb', 'A.B (c', '[31m'.repeat(3)]);
  search(driver, 'A.B (');
  expect(driver.notice).toBeUndefined();
  search(driver, 'a.B');
  expect(driver.notice).toBe('no line has "a.B"');
  expect(driver.rows()[1]).toBe(' a.b');
});

test('what stands at the side comes into sight', () => {
  const driver = shown([`${'x'.repeat(500)} here ${'y'.repeat(500)}`]);
  search(driver, 'here');
  expect(driver.rows()[1]?.slice(0, 60)).toContain('here');
});
