/** Actions of the terminal UI: who may, what is said while they run and after, and how they are shown. Pure. */

import { describe, expect, test } from 'vitest';
import { pluginStatus } from '../fixtures/scripted-daemon.ts';
import { ActionStage } from './tui-action-stage.ts';

const PLUGINS = [pluginStatus('crm'), pluginStatus('db'), pluginStatus('web')];

/** The lines right over the footer. */
function news(stage: ActionStage, count: number): readonly string[] {
  return stage.lines().slice(-3 - count, -3);
}

describe('who may', () => {
  test.each([
    ['x', 'stop crm: needs operate, you have view: see [[access]] in torud.toml'],
    ['K', 'kill crm: needs operate, you have view: see [[access]] in torud.toml'],
    ['E', 'edit crm: needs admin, you have view: see [[access]] in torud.toml'],
  ])('who may only view is told why when %s is pressed, and torud is not asked', (key, told) => {
    const stage = new ActionStage(PLUGINS, { role: 'view' }).press(key);
    expect(stage.lines().at(-1)).toBe(` ${told}`);
    expect(stage.plans).toEqual([]);
    expect(stage.app.confirm).toBeUndefined();
  });

  test('the reason is seen in a narrow terminal, where the name is long', () => {
    const role = 'view' as const;
    const stage = new ActionStage([pluginStatus('report-builder')], {
      size: { columns: 60, rows: 16 },
      role,
    });
    expect(stage.press('R').lines().at(-1)).toContain(
      'reset-failed report-builder: needs operate, you have view',
    );
  });

  test('who may only view is told so on top, without a key', () => {
    const of = (columns: number, role: 'view' | 'admin'): string =>
      new ActionStage(PLUGINS, { size: { columns, rows: 16 }, role }).lines()[0] ?? '';
    for (const columns of [60, 80, 200]) expect(of(columns, 'view')).toContain('view only');
    expect(of(100, 'admin')).not.toContain('only');
  });

  test('who may operate may not edit', () => {
    const stage = new ActionStage(PLUGINS, { role: 'operate' }).press('E');
    expect(stage.effects.some(({ type }) => type === 'edit')).toBe(false);
    expect(stage.text()).toContain('edit crm: needs admin, you have operate');
  });

  test('while torud is away nothing is begun', () => {
    const stage = new ActionStage(PLUGINS);
    stage.lose();
    stage.press('x');
    expect(stage.app.confirm).toBeUndefined();
    expect(stage.text()).toContain('stop crm: torud is away');
    stage.connect();
    expect(stage.text()).not.toContain('torud is away');
  });
});

describe('several plugins', () => {
  test('marked ones are acted on together', () => {
    const stage = new ActionStage(PLUGINS).press(' ', ' ', 'x');
    expect(stage.app.confirm?.argv).toEqual(['stop', 'crm', 'db']);
    expect(stage.plans.at(-1)?.params).toMatchObject({ names: ['crm', 'db'] });
  });

  test('are not edited at once', () => {
    const stage = new ActionStage(PLUGINS).press(' ', ' ', 'E');
    expect(stage.effects.some(({ type }) => type === 'edit')).toBe(false);
    expect(stage.text()).toContain('edit: one plugin at a time');
  });
});

describe('while it runs', () => {
  test('a line says what is done and for how long, and time goes on in it', () => {
    const stage = new ActionStage(PLUGINS);
    expect(stage.isTicking).toBe(false);
    stage.begin(1, ['stop', 'db'], false, new Map([['db', 10_000]]));
    stage.send({
      type: 'watched',
      item: { kind: 'plugin', plugin: pluginStatus('db', { state: 'stopping' }) },
    });
    stage.pass(3_200);
    expect(news(stage, 1)).toEqual([' stopping db: 3 s of 10 s, then KILL']);
    expect(stage.isTicking).toBe(true);
  });

  test('several at once each have a line', () => {
    const stage = new ActionStage(PLUGINS);
    stage.begin(1, ['stop', 'db']);
    stage.begin(2, ['restart', 'web']);
    expect(news(stage, 2)).toEqual([' stopping db: 0 s', ' restarting web: 0 s']);
    stage.finish(1, 0);
    stage.finish(2, 0);
    expect(news(stage, 2)).toEqual([' stop db: done (0 ms)', ' restart web: done (0 ms)']);
  });
});

describe('what came of it', () => {
  test('is said with the exit code and the whole reason, wrapped', () => {
    const stage = new ActionStage(PLUGINS, { size: { columns: 60, rows: 24 } });
    stage.begin(1, ['start', 'web']);
    stage.finish(1, 153, [
      'toru: start web: it needs db ^2.0, which is not installed; install db with "toru install"',
    ]);
    expect(news(stage, 2)).toEqual([
      ' start web: it needs db ^2.0, which is not installed;',
      ' install db with "toru install" (exit 153)',
    ]);
  });

  test('stays over a key that was pressed for something else, and goes with a later one', () => {
    const stage = new ActionStage(PLUGINS);
    stage.begin(1, ['stop', 'db']);
    stage.finish(1, 1, ['toru: stop db: it did not end']);
    stage.pass(500);
    stage.press('j');
    expect(stage.text()).toContain('it did not end');
    stage.pass(2_000);
    expect(stage.text()).toContain('it did not end');
    stage.press('j');
    expect(stage.text()).not.toContain('it did not end');
  });

  test('is kept for m, with all that was said', () => {
    const stage = new ActionStage(PLUGINS, { size: { columns: 100, rows: 24 } });
    stage.begin(1, ['stop', 'db']);
    const said = Array.from({ length: 9 }, (_, at) => `reason ${at}`);
    stage.finish(1, 1, said);
    expect(stage.text()).toContain('more lines: m shows them');
    stage.pass(2_000);
    stage.press('m');
    for (const one of said) expect(stage.text()).toContain(one);
    expect(stage.text()).toContain('toru stop db  exit 1');
    // Nobody ran what the footer offers.
    expect(stage.lines()[2]).toBe(' what was done from here in this session, the newest first');
  });

  test('a command that a signal ended did not end well', () => {
    const stage = new ActionStage(PLUGINS);
    stage.begin(1, ['stop', 'db']);
    stage.finish(1, null, ['ended by SIGTERM']);
    expect(news(stage, 1)).toEqual([' stop db: ended by SIGTERM (did not end by itself)']);
  });

  test('what it said cannot steer the terminal', () => {
    const stage = new ActionStage(PLUGINS);
    stage.begin(1, ['stop', 'db']);
    stage.finish(1, 1, ['toru: stop db: \u001b]0;title\u0007']);
    expect(stage.text()).not.toContain('\u001b');
  });
});

describe('the shown command', () => {
  test('has the options that this session was started with, and can be pasted', () => {
    const stage = new ActionStage(PLUGINS, { meant: ['--root', "/srv/it's"] }).press('y');
    const copied = stage.effects.find(({ type }) => type === 'copy');
    expect(copied).toMatchObject({ text: expect.stringMatching(/^toru --root '\/srv\/it'\\''s' /) });
  });
});
