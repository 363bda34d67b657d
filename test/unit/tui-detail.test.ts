/** The detail screen: what it asks and when, and what it says of why and of figures. */

import { describe, expect, test } from 'vitest';
import { lineWidth } from '../../src/cli/tui/frame.ts';
import type { PluginStatus } from '../../src/protocol/control/plugins.ts';
import { pluginStatus } from '../fixtures/scripted-daemon.ts';
import { crashSummary, DetailStage, WALL_MS, whyOf } from './tui-detail-stage.ts';

const WEB = pluginStatus('web');

function inBackoff(dueInMs: number, more: Partial<PluginStatus> = {}): PluginStatus {
  return pluginStatus('web', {
    state: 'backoff',
    pid: null,
    runId: null,
    uptimeMs: null,
    restarts: 3,
    since: new Date(WALL_MS - 1_000).toISOString(),
    nextRestartAt: new Date(WALL_MS + dueInMs).toISOString(),
    reason: 'it ended with exit code 7',
    ...more,
  });
}

describe('what is asked', () => {
  test('why and properties at first, trees and runs when their section is opened, each once', () => {
    const stage = new DetailStage([WEB]);
    expect(stage.asked()).toEqual(['why', 'show']);
    stage.press('3');
    expect(stage.asked()).toEqual(['needs', 'neededBy']);
    stage.press('4');
    expect(stage.asked()).toEqual(['runs', 'crashes']);
    stage.press('1', '2', '3', '4');
    expect(stage.asked()).toEqual([]);
  });

  test('why and runs again when the plugin begins another life, and one question at a time', () => {
    const stage = new DetailStage([WEB]);
    stage.press('4');
    for (const name of ['why', 'show', 'runs', 'crashes']) stage.answer(name, nothing(name));
    stage.asked();
    stage.changed({ ...WEB, runId: 8, restarts: 1 });
    expect(stage.asked()).toEqual(['show', 'why', 'runs', 'crashes']);
    stage.changed({ ...WEB, runId: 9, restarts: 2 });
    stage.changed({ ...WEB, runId: 10, restarts: 3 });
    expect(stage.asked()).toEqual([]);
    stage.answer('why', whyOf(WEB, 'web is old.'));
    expect(stage.asked()).toEqual(['why']);
    stage.answer('why', whyOf(WEB, 'web is new.'));
    expect(stage.asked()).toEqual([]);
    expect(stage.text()).toContain('web is new.');
  });

  test('nothing for figures, and nothing for plugins that it has nothing to do with', () => {
    const stage = new DetailStage([WEB, pluginStatus('other')]);
    for (const name of ['why', 'show']) stage.answer(name, nothing(name));
    stage.asked();
    const host = { load: 1, memoryUsedBytes: 1, memoryTotalBytes: 2 };
    stage.watch({ kind: 'usage', rows: [['web', 50, 1]], host });
    stage.changed(pluginStatus('other', { state: 'failed' }));
    expect(stage.asked()).toEqual([]);
  });

  test('settings alone when torud tells of a change that is not to be seen', () => {
    const stage = new DetailStage([WEB]);
    for (const name of ['why', 'show']) stage.answer(name, nothing(name));
    stage.asked();
    stage.changed({ ...WEB });
    expect(stage.asked()).toEqual(['show']);
  });

  test('why again when a plugin changes that it waits for', () => {
    const waiting = pluginStatus('web', { state: 'waiting', dependencies: [dependency('db')] });
    const stage = new DetailStage([waiting, pluginStatus('db', { state: 'starting' })]);
    stage.answer('why', whyOf(waiting, 'web is waiting for db.'));
    stage.answer('show', nothing('show'));
    stage.asked();
    stage.changed(pluginStatus('db', { state: 'backoff' }));
    expect(stage.asked()).toEqual(['why']);
  });

  test('all again when torud is back, and what was known is shown meanwhile', () => {
    const stage = new DetailStage([WEB]);
    stage.answer('why', whyOf(WEB, 'web is running.'));
    stage.answer('show', nothing('show'));
    stage.asked();
    stage.lose();
    expect(stage.text()).toContain('web is running.');
    stage.connect();
    expect(stage.asked()).toEqual(['why', 'show']);
    stage.refuse('why', 'unreachable', 'torud is away');
    expect(stage.text()).toContain('web is running.');
    expect(stage.text()).toContain('torud is away; ctrl-r asks again');
    stage.press('ctrl-r');
    expect(stage.asked()).toEqual(['why']);
  });

  test('of a screen below another one as well', () => {
    const stage = new DetailStage([WEB]);
    for (const name of ['why', 'show']) stage.answer(name, nothing(name));
    stage.press('l');
    stage.asked();
    stage.changed({ ...WEB, runId: 8 });
    expect(stage.asked()).toContain('why');
  });
});

describe('why', () => {
  test('is the paragraph of toru why, in lines that fit and without what would move the cursor', () => {
    const stage = new DetailStage([WEB], { columns: 60, rows: 30 });
    expect(stage.text()).toContain('asking torud');
    stage.answer('why', whyOf(WEB, `web is running: "\x1b[2J" ${'and so on '.repeat(20)}${'x'.repeat(90)}`));
    expect(stage.text()).toContain('\\x1b[2J');
    const shown = stage.lines().filter((one) => one.includes('and so on'));
    expect(shown.length).toBeGreaterThan(3);
    expect(stage.text().match(/x/g)?.length).toBeGreaterThan(90);
  });

  test('counts a backoff down while it lasts, and ticks only then', () => {
    const stage = new DetailStage([inBackoff(5_000)]);
    stage.answer('why', whyOf(inBackoff(5_000), WHY_BACKOFF));
    expect(stage.isTicking).toBe(true);
    expect(stage.text()).toContain('Next try in 5 s, at 14:30:05 (restart 3 of 10)');
    expect(stage.text()).toMatch(/Next try {2}in 5 s, at /);
    stage.pass(1_000);
    expect(stage.text()).toContain('Next try in 4 s, at 14:30:05');
    stage.press('2');
    expect(stage.text()).toContain('B backoff, next try in 4 s  web');
    stage.press('1');
    stage.pass(4_000);
    expect(stage.text()).toContain('Next try now, at 14:30:05');
    stage.changed({ ...WEB, runId: 8 });
    expect(stage.isTicking).toBe(false);
    stage.changed(inBackoff(9_000));
    expect(stage.isTicking).toBe(true);
    expect(stage.asked()).toContain('why');
  });

  test('leaves a plugin its last words, also where they speak of a next try', () => {
    const stage = new DetailStage([inBackoff(5_000)]);
    const words = 'Its last words: "Next try in 9 s".';
    stage.answer('why', whyOf(inBackoff(5_000), `${words} ${WHY_BACKOFF}`));
    stage.pass(2_000);
    expect(stage.text()).toContain('"Next try in 9 s"');
    expect(stage.text()).toContain('Next try in 3 s');
  });

  test('tells how old a state is by the clock, not by when it was asked', () => {
    const since = new Date(WALL_MS - 5_000);
    const web = { ...WEB, since: since.toISOString() };
    const minute = `${local(since)}`;
    const stage = new DetailStage([web]);
    stage.answer('why', whyOf(web, `web is running since 5 s (${minute}): started.`));
    expect(stage.text()).toContain('since 5 s (');
    stage.pass(3 * 60_000);
    expect(stage.text()).toContain(`web is running since 3 minutes (${minute}): started.`);
  });

  test('stands above the other sections where the terminal is wide and high', () => {
    const wide = new DetailStage([WEB]);
    wide.answer('why', whyOf(WEB, 'web is running.'));
    wide.press('2');
    expect(wide.text()).toContain('web is running.');
    const narrow = new DetailStage([WEB], { columns: 80, rows: 40 });
    narrow.answer('why', whyOf(WEB, 'web is running.'));
    narrow.press('2');
    expect(narrow.text()).not.toContain('web is running.');
  });
});

describe('facts', () => {
  test('tell state, health, enabling, process, figures, ends and losses', () => {
    const web = pluginStatus('web', {
      health: 'unhealthy',
      healthDetail: 'pool exhausted',
      restarts: 2,
      linesLost: 4,
      problems: ['changed on disk'],
      lastCrash: crashSummary(311, 6),
      lastExit: { runId: 6, at: new Date(WALL_MS - 5_000).toISOString(), code: 7, signal: null },
    });
    const stage = new DetailStage([web]);
    stage.answer('why', whyOf(web, 'web is running.', { commands: ['toru restart web'] }));
    const enabledActor = { kind: 'user', uid: 1000, name: 'ops' };
    stage.answer('show', { properties: { enabledAt: '2026-11-02T12:00:00Z', enabledActor }, settings: [] });
    const text = stage.text();
    expect(text).toMatch(/State {2}H running since 2026-11-08 [\d:]+ \([^)]+ ago\), unhealthy/);
    expect(text).toContain('Health  unhealthy: pool exhausted');
    expect(text).toMatch(/Enabled {2}yes \(by ops \(uid 1000\), 2026-11-02 \d/);
    expect(text).toContain('PID  4242 (run 7, up 1m)');
    expect(text).toMatch(/CPU {5}1\.3 % {2}[▁-█]{20} {2}60 s/);
    expect(text).toMatch(/Memory {5}84\.2M {2}[▁-█]{20} {2}60 s/);
    expect(text).toContain('Version  1.0.0, process');
    expect(text).toContain('Restarts  2');
    expect(text).toContain('Last crash  #311, exit 7 after 2.1 s, <1m ago');
    expect(text).toContain('Logs  4 lines lost');
    expect(text).toContain('Problem  changed on disk');
    expect(text).toContain('Next  $ toru restart web');
    expect(text).not.toContain('Last end');
  });

  test('stand still while nothing changes', () => {
    const stage = new DetailStage([{ ...WEB, since: new Date(WALL_MS - 600_000).toISOString() }]);
    const before = stage.text();
    stage.pass(1_000);
    expect(stage.text()).toBe(before);
  });

  test('are known before torud has answered', () => {
    expect(new DetailStage([WEB]).text()).toContain('PID  4242');
  });
});

describe('a plugin that is removed', () => {
  test('is said to be, with what was known, and nothing can be done to it', () => {
    const stage = new DetailStage([WEB]);
    stage.answer('why', whyOf(WEB, 'web is running.'));
    stage.watch({ kind: 'removed', id: 'web' });
    expect(stage.text()).toMatch(/web was removed at [\d:]+\. What is shown was known then; esc goes back\./);
    expect(stage.text()).toContain('PID  4242');
    stage.press('x');
    expect(stage.app.confirm).toBeUndefined();
    stage.changed(WEB);
    expect(stage.text()).not.toContain('was removed');
    expect(stage.asked()).toContain('why');
  });

  test('is missed also when it went while torud was away', () => {
    const stage = new DetailStage([WEB, pluginStatus('other')]);
    stage.lose();
    stage.connect();
    stage.watch({ kind: 'snapshot', plugins: [pluginStatus('other')] });
    expect(stage.text()).toContain('web was removed at');
  });
});

describe('keys', () => {
  test('open logs, crashes and events of the plugin, and act on it', () => {
    const stage = new DetailStage([WEB]);
    for (const key of ['l', 'c', 'v']) {
      stage.press(key);
      expect(stage.app.screens).toHaveLength(3);
      stage.press('escape');
      expect(stage.app.screens).toHaveLength(2);
    }
    stage.press('x');
    expect(stage.app.confirm?.argv).toEqual(['stop', 'web']);
  });

  test('tab and shift-tab go round the sections, and the footer says what toru shows the same', () => {
    const stage = new DetailStage([WEB]);
    const commands = ['toru why web', 'toru cat web', 'toru list-dependencies web', 'toru runs web'];
    for (const command of commands) {
      expect(stage.lines().at(-1)).toContain(`$ ${command}`);
      stage.press('tab');
    }
    expect(stage.text()).toContain('[1 why]');
    stage.press('shift-tab');
    expect(stage.text()).toContain('[4 runs]');
  });

  test('of less and vim scroll, and stop at both ends', () => {
    const stage = new DetailStage([WEB], { columns: 80, rows: 14 });
    stage.answer('why', whyOf(WEB, 'web is running.'));
    const first = stage.text();
    expect(first).toMatch(/1-7 of \d+/);
    stage.press('k', 'ctrl-u', 'g');
    expect(stage.text()).toBe(first);
    stage.press('j', 'j');
    expect(stage.text()).toMatch(/3-9 of \d+/);
    stage.press('G');
    const last = stage.text();
    stage.press('j', 'ctrl-d');
    expect(stage.text()).toBe(last);
    stage.press('ctrl-u', 'ctrl-u', 'ctrl-u', 'ctrl-u', 'ctrl-u');
    expect(stage.text()).toBe(first);
  });
});

test('every frame has as many rows as the terminal and no line wider, however small that is', () => {
  for (const size of [
    { columns: 60, rows: 10 },
    { columns: 80, rows: 24 },
    { columns: 300, rows: 100 },
  ]) {
    const stage = new DetailStage([inBackoff(5_000)], size);
    stage.answer('why', whyOf(inBackoff(5_000), WHY_BACKOFF));
    for (const key of ['1', '2', '3', '4', 'G']) {
      stage.press(key);
      expect(stage.frame()).toHaveLength(size.rows);
      for (const one of stage.frame()) expect(lineWidth(one)).toBeLessThanOrEqual(size.columns);
    }
  }
});

const WHY_BACKOFF =
  'web is in backoff: it ended with exit code 7. Next try in 5 s, at 14:30:05 (restart 3 of 10); after 7 more it is given up.';

function nothing(name: string): unknown {
  return {
    why: whyOf(WEB, 'web is running.'),
    show: { properties: {}, settings: [] },
    runs: { runs: [] },
    crashes: { crashes: [] },
  }[name];
}

function dependency(plugin: string): PluginStatus['dependencies'][number] {
  return { plugin, range: '*', required: true, state: 'starting', version: '1.0.0', fits: true };
}

/** As torud writes a minute. */
function local(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
