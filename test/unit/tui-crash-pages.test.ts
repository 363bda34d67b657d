/** The list of crashes as it grows: pages of older ones, new ones as they happen, where they began. */

import { expect, it } from 'vitest';
import {
  FRESH,
  LEAP,
  MAX_HELD,
  NO_PAGES,
  PAGE,
  withOlder,
} from '../../src/cli/tui/screens/crashes/crash-pages.ts';
import { crashRows } from '../../src/cli/tui/screens/crashes/crash-rows.ts';
import { crashesScreen } from '../../src/cli/tui/screens/crashes/crashes.ts';
import type { CrashSummary } from '../../src/protocol/control/crashes.ts';
import { at, Driver, newDoors, newEvent, newSummary, summaries } from './tui-crash-scene.ts';

type PluginDetails = Readonly<Record<string, unknown>>;

function opened(found: readonly CrashSummary[]): Driver {
  const driver = new Driver(crashesScreen(newDoors().doors, 'web'));
  driver.answer('newest', { crashes: found });
  return driver;
}

it('reads older ones page by page as one scrolls, and says how many there are at least', () => {
  const all = summaries(10_000);
  const driver = opened(all.slice(0, PAGE));
  expect(driver.text()).toContain('500 or more crashes');
  expect(driver.asked('older')).toEqual([]);
  for (let times = 0; times < 25; times += 1) driver.keys('pagedown');
  expect(driver.asked('older')).toEqual([{ names: ['web'], beforeId: 9_501, limit: PAGE }]);
  driver.answer('older', { crashes: all.slice(PAGE, 2 * PAGE) });
  expect(driver.text()).toContain('1,000 or more crashes');
});

it('goes to the oldest of 10,000 crashes with G, and back with g', () => {
  const all = summaries(10_000);
  const driver = opened(all.slice(0, PAGE));
  driver.keys('G');
  for (let from = PAGE; from < all.length; from += LEAP) {
    expect(driver.text()).toContain('reading older ones');
    expect(driver.asked('older').at(-1)).toEqual({ names: ['web'], beforeId: 10_001 - from, limit: LEAP });
    driver.answer('older', { crashes: all.slice(from, from + LEAP) });
  }
  expect(driver.cursor()).toContain('#1 ');
  expect(driver.rows()).toHaveLength(25);
  driver.keys('g');
  expect(driver.cursor()).toContain('#10000');
});

it('a page that was asked for before G is no end', () => {
  const all = summaries(10_000);
  const driver = opened(all.slice(0, PAGE));
  for (let times = 0; times < 25; times += 1) driver.keys('pagedown');
  driver.keys('G');
  driver.answer('older', { crashes: all.slice(PAGE, 2 * PAGE) });
  expect(driver.asked('older').at(-1)).toMatchObject({ beforeId: 9_001, limit: LEAP });
});

it('holds a bounded number of crashes and says how to see older ones', () => {
  const asked = { beforeId: MAX_HELD + 11, limit: LEAP };
  const start = { ...NO_PAGES, crashes: [newSummary(MAX_HELD + 11)], isLoaded: true, asked };
  const pages = withOlder(start, summaries(MAX_HELD + 10));
  expect(pages.crashes).toHaveLength(MAX_HELD);
  expect(pages.isWhole).toBe(true);
});

it('shows a new crash by itself, with the cursor on its crash and the rows where they were', () => {
  const driver = opened(summaries(100));
  for (let times = 0; times < 35; times += 1) driver.keys('j');
  driver.keys('k', 'k', 'k', 'k', 'k');
  const before = driver.rows().slice(2);
  driver.events('crashed', newEvent(1, { details: { crashId: 101 } }));
  expect(driver.asked('newest').at(-1)).toEqual({ names: ['web'], limit: FRESH });
  driver.answer('newest', { crashes: summaries(101).slice(0, FRESH) });
  expect(driver.cursor()).toContain('#70 ');
  expect(driver.rows().slice(2)).toEqual(before);
  driver.keys('g');
  expect(driver.cursor()).toContain('#101');
});

it('stays on its crash on the first row as well, and shows the new one above it', () => {
  const driver = opened(summaries(3));
  driver.events('crashed', newEvent(1, { details: { crashId: 4 } }));
  driver.answer('newest', { crashes: summaries(4) });
  expect(driver.rows()[2]).toContain('#4');
  expect(driver.cursor()).toContain('#3');
});

it('asks nothing for a crash that it knows, and once more for one that came while it asked', () => {
  const driver = opened(summaries(3));
  driver.events('crashed', newEvent(1, { details: { crashId: 3 } }));
  expect(driver.asked('newest')).toHaveLength(1);
  driver.events('crashed', newEvent(2, { details: { crashId: 4 } }));
  driver.events(
    'crashed',
    newEvent(3, { details: { crashId: 5 } }),
    newEvent(4, { details: { crashId: 6 } }),
  );
  expect(driver.asked('newest')).toHaveLength(2);
  driver.answer('newest', { crashes: summaries(4) });
  expect(driver.asked('newest')).toHaveLength(3);
  driver.answer('newest', { crashes: summaries(6) });
  expect(driver.text()).toContain('6 crashes');
  expect(driver.asked('newest')).toHaveLength(3);
});

it('forgets crashes that torud has removed, and leaves no gap when many have come at once', () => {
  const driver = opened(summaries(150));
  driver.events('crashed', newEvent(1, { details: { crashId: 400 } }));
  driver.answer('newest', { crashes: summaries(400).slice(0, FRESH) });
  expect(driver.text()).toContain('100 or more');
  driver.keys('G');
  driver.answer('older', { crashes: summaries(400).slice(FRESH, 300) });
  expect(driver.text()).toContain('300 crashes');
});

it('takes no page that does not follow on what it holds by then', () => {
  const driver = opened(summaries(PAGE));
  driver.keys('G');
  driver.events('crashed', newEvent(1, { details: { crashId: 900 } }));
  driver.answer('newest', { crashes: summaries(900).slice(0, FRESH) });
  driver.answer('older', { crashes: [] });
  expect(driver.text()).toContain('100 or more');
  expect(driver.asked('older').at(-1)).toMatchObject({ beforeId: 801 });
});

it('marks where the crashes began', () => {
  const driver = opened([newSummary(5, { restart: 1 }), newSummary(4), newSummary(2, { version: '1.3.2' })]);
  const installed = (id: number, second: number, version: string) =>
    newEvent(id, { type: 'installed', at: at(second), details: { version } });
  driver.events('changes', installed(1, 0, '1.3.2'), installed(2, 3, '1.4.0'));
  const rows = driver.rows().slice(2);
  expect(rows[0]).toContain('#5');
  expect(rows[1]).toContain('#4');
  expect(rows[2]).toMatch(/── ▲ first after 1\.4\.0 was installed at .*\d\d:00:03 ──/);
  expect(rows[3]).toContain('#2');
  expect(rows[4]).toContain('first after 1.3.2 was installed');
  driver.keys('j', 'j');
  expect(driver.cursor()).toContain('#2');
});

it('says that files or settings were changed before the first crash, and nothing of health', () => {
  const driver = opened([newSummary(9), newSummary(6), newSummary(3)]);
  const changed = (id: number, second: number, details: PluginDetails) =>
    newEvent(id, { type: 'changed', at: at(second), details });
  driver.events(
    'changes',
    changed(1, 1, { from: '1.4.0', to: '1.4.0' }),
    changed(2, 5, { settings: ['limits.memoryBytes'] }),
    changed(3, 8, { health: 'unhealthy' }),
  );
  const marks = driver
    .rows()
    .slice(1)
    .filter((row) => row.includes('first after'));
  expect(marks).toHaveLength(2);
  expect(marks[0]).toContain('its settings were changed');
  expect(marks[1]).toContain('its files changed');
});

it('claims no beginning where older crashes are not known or not kept any more', () => {
  const installed = newEvent(1, { type: 'installed', at: at(0), details: { version: '1.4.0' } });
  const notAll = opened(summaries(PAGE + 1).slice(0, PAGE));
  notAll.events('changes', installed);
  for (let times = 0; times < 60; times += 1) notAll.keys('pagedown');
  expect(notAll.cursor()).toContain('#2 ');
  expect(notAll.text()).not.toContain('first after');
  const pruned = opened([newSummary(9, { restart: 4 }), newSummary(8, { restart: 3 })]);
  pruned.events('changes', installed);
  expect(pruned.text()).not.toContain('first after');
});

it('looks for what the filter wants among older ones as well', () => {
  const driver = opened(summaries(PAGE + 20).slice(0, PAGE));
  driver.take(driver.screen.onPrompt('filter', '0.9', true, driver.context));
  expect(driver.asked('older')).toHaveLength(1);
  driver.answer('older', {
    crashes: summaries(20).map((one) => (one.id === 7 ? { ...one, version: '0.9' } : one)),
  });
  expect(driver.cursor()).toContain('#7 ');
});

it('filters its crashes once, not again with each key', () => {
  const wanted = {
    pages: { ...NO_PAGES, crashes: summaries(10_000) },
    changes: [],
    filter: 'exit',
    cause: undefined,
  };
  const rows = crashRows(wanted);
  expect(rows).toHaveLength(10_000);
  expect(crashRows({ ...wanted, pages: { ...wanted.pages, isAskingNewest: true } })).toBe(rows);
  expect(crashRows({ ...wanted, filter: 'nothing' })).toEqual([]);
});
