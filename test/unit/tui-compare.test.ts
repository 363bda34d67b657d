/** Two crashes held against each other. */

import { expect, it } from 'vitest';
import { widthOf } from '../../src/cli/output/width.ts';
import { compareScreen } from '../../src/cli/tui/screens/crashes/compare.ts';
import { compareLines, withoutTimes } from '../../src/cli/tui/screens/crashes/compare-lines.ts';
import type { Crash, StoredRun } from '../../src/protocol/control/crashes.ts';
import { at, Driver, newContext, newCrash, newDoors, type Opened } from './tui-crash-scene.ts';

const OLD = newCrash(3, { version: '1.3.2', digest: '9f2c'.repeat(16) });
const NEW = newCrash(8, { exitCode: 9, restart: 1 });

function opened(
  one: Crash = OLD,
  other: Crash = NEW,
  context = newContext(),
  runs: readonly (Partial<StoredRun> | null)[] = [null, null],
  { doors }: Opened = newDoors(),
): Driver {
  const driver = new Driver(compareScreen(doors, 'web', other.id, one.id), context);
  driver.answer(String(one.id), { crash: one, run: runs[0], lastGoodRun: null });
  driver.answer(String(other.id), { crash: other, run: runs[1], lastGoodRun: null });
  return driver;
}

function written(id: number, ...messages: readonly string[]): Crash {
  return newCrash(id, {
    lastLines: messages.map((message, index) => ({ time: at(id + index), stream: 'stdout', message })),
  });
}

it('asks for both and shows the older one left, whichever was named first', () => {
  const driver = new Driver(compareScreen(newDoors().doors, 'web', 8, 3));
  expect(driver.asked('3')).toHaveLength(1);
  expect(driver.text()).toContain('asking torud for both');
  driver.answer('8', { crash: NEW });
  expect(driver.text()).toContain('asking torud for both');
  driver.answer('3', { crash: OLD });
  expect(driver.rows()[0]).toMatch(/#3 web +#8 web/);
  expect(driver.screen.command(driver.context)).toEqual(['crashes', 'diff', '3', '8']);
});

it('marks facts that differ by a sign, and those alone', () => {
  const rows = opened().rows();
  const row = (label: string) => rows.find((one) => one.slice(3).startsWith(`${label} `)) ?? '';
  expect(row('cause')).toMatch(/^ ! cause +exit 7 +exit 9/);
  expect(row('version')).toMatch(/^ ! version +1\.3\.2 +1\.4\.0/);
  expect(row('digest')).toMatch(/^ ! digest +9f2c9f2c9f2c +41aa41aa41aa/);
  expect(row('restart')).toMatch(/^ ! restart +0 +1/);
  expect(row('peak memory')).toMatch(/^ {3}peak memory +58\.6M +58\.6M/);
  expect(row('at')).toMatch(/^ {3}at/);
});

it('sets one under the other where the terminal is narrow, as diff does', () => {
  const driver = opened(written(3, 'same', 'old words'), written(8, 'same', 'new words'), newContext(80, 40));
  const text = driver.text();
  expect(text).toContain('#3 web → #8 web');
  expect(text).toMatch(/ {3}same\n - old words\n \+ new words/);
  const many = opened(written(3, 'a', 'b', 'end'), written(8, 'x', 'y', 'end'), newContext(80, 40)).text();
  expect(many).toMatch(/ - a\n - b\n \+ x\n \+ y\n {3}end/);
  expect(opened(OLD, NEW, newContext(80, 40)).text()).toMatch(/ ! cause +exit 7\n +→ exit 9/);
});

it('compares last lines without the times in them', () => {
  const driver = opened(
    written(3, '2026-11-21T10:00:00.123Z listening', 'took 12:00:01,5', 'fatal: disk'),
    written(8, '2026-11-22T11:30:07.9Z listening', 'took 13:22:45', 'fatal: memory'),
  );
  expect(driver.text()).toContain('last lines, without times: 1 differ');
  expect(driver.text()).toMatch(/^ {3}\(time\) listening +│ \(time\) listening/m);
  expect(driver.text()).toMatch(/^ ! fatal: disk +│ fatal: memory/m);
  expect(withoutTimes('ratio 16:9, code 12')).toBe('ratio 16:9, code 12');
});

it('finds the lines that both have, and sets what only one has beside what only the other has', () => {
  expect(compareLines(['a', 'b', 'c', 'd'], ['a', 'x', 'd', 'e'])).toEqual([
    { left: 'a', right: 'a', isSame: true },
    { left: 'b', right: undefined, isSame: false },
    { left: 'c', right: 'x', isSame: false },
    { left: 'd', right: 'd', isSame: true },
    { left: undefined, right: 'e', isSame: false },
  ]);
  expect(compareLines([], [])).toEqual([]);
  expect(compareLines(['', 'a'], [''])).toEqual([
    { left: '', right: '', isSame: true },
    { left: 'a', right: undefined, isSame: false },
  ]);
});

it('every line of both stands in the comparison, in its order', () => {
  let seed = 7;
  const word = (): string => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return 'abcd'[seed % 4] ?? '';
  };
  for (let round = 0; round < 50; round += 1) {
    const [left, right] = [0, 1].map(() => Array.from({ length: round % 17 }, word));
    const rows = compareLines(left ?? [], right ?? []);
    expect(rows.flatMap((row) => row.left ?? [])).toEqual(left);
    expect(rows.flatMap((row) => row.right ?? [])).toEqual(right);
    expect(rows.every((row) => row.isSame === (row.left === row.right))).toBe(true);
  }
});

it('says which settings differ, without secrets, or that they are not known', () => {
  const settings = (memory: number, token: string) => ({
    settings: { limits: { memoryBytes: memory }, environment: { API_TOKEN: token } },
  });
  const runs = [
    { settings: settings(1 << 20, 'first-secret') },
    { settings: settings(2 << 20, 'other-secret') },
  ];
  const text = opened(OLD, NEW, newContext(), runs).text();
  expect(text).toMatch(/! limits\.memoryBytes +1\.0M +2\.0M/);
  expect(text).not.toContain('-secret');
  expect(text).toContain('environment.API_TOKEN');
  expect(opened().text()).toContain('settings: not kept any more');
});

it('leaves out what is the same with o, and shows it again', () => {
  const driver = opened(written(3, 'same', 'old'), written(8, 'same', 'new'));
  driver.keys('o');
  expect(driver.text()).not.toContain('peak memory');
  expect(driver.text()).not.toMatch(/^ {3}same/m);
  driver.keys('o');
  expect(driver.text()).toContain('peak memory');
});

it('says that both are alike', () => {
  const text = opened(written(3, 'x'), { ...written(8, 'x') }).text();
  expect(text).toContain('they ended alike');
  expect(text).toContain('the same of both');
});

it('opens either of them and the log around the newer one', () => {
  const way = newDoors();
  const driver = opened(OLD, NEW, newContext(), [null, null], way);
  driver.keys('1', '2', 'L');
  expect(way.places).toEqual([
    'crash ["web",3]',
    'crash ["web",8]',
    `logs [["web"],{"at":"${at(8)}","runId":1008}]`,
  ]);
});

it('says that one of them is not kept any more, and asks again when torud is back', () => {
  const driver = new Driver(compareScreen(newDoors().doors, 'web', 8, 3));
  driver.refuse('3', 'not_found', 'there is no crash 3');
  expect(driver.text()).toContain('#3 is not kept any more');
  expect(driver.keys('L')).toMatchObject({ notice: expect.stringContaining('not there') });
  const away = { ...driver.context.model, connection: { kind: 'away', sinceMs: 0 } } as const;
  const message = { type: 'connection', connection: { kind: 'connected', welcome: {} as never } } as const;
  driver.take(driver.screen.onModel?.(message, away, driver.context));
  expect(driver.asked('3')).toHaveLength(2);
});

it('scrolls, and fits every size without foreign control characters', () => {
  const lines = Array.from({ length: 200 }, (_, index) => `\u001b[3${index}m ${'wide 漢字 '.repeat(30)}`);
  for (const columns of [60, 99, 100, 300])
    for (const rows of [1, 5, 60]) {
      const driver = opened(written(3, ...lines), written(8, ...lines.slice(9)), newContext(columns, rows));
      driver.keys('G', 'j', 'pagedown');
      const shown = driver.rows();
      expect(shown).toHaveLength(rows);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      expect(shown.join('')).not.toMatch(/[\x00-\x1f]/);
      if (columns >= 100) for (const row of shown) expect(widthOf(row)).toBeLessThanOrEqual(columns);
      driver.keys('g', 'k', 'pageup');
      expect(driver.rows()[0]).toContain('#3 web');
    }
});
