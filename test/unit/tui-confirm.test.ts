/** The question before an action: what goes down with it, in which order, and when enter does nothing. Pure. */

import { describe, expect, test } from 'vitest';
import { ASCII } from '../../src/cli/tui/look.ts';
import { errorBody } from '../../src/protocol/errors.ts';
import { pluginStatus } from '../fixtures/scripted-daemon.ts';
import { ActionStage, planStep } from './tui-action-stage.ts';

const PLUGINS = [pluginStatus('crm'), pluginStatus('gateway'), pluginStatus('web')];
const STOP_CRM = [
  planStep('gateway', 'stop', { because: 'it needs crm', lastMs: [200] }),
  planStep('analytics', 'stop', { because: 'it needs crm', level: 1, lastMs: [1100] }),
  planStep('crm', 'stop', { level: 2, lastMs: [900, 300, 500], graceMs: 10_000 }),
];

describe('the box of a stop', () => {
  test('names who goes down with it, in the order in which that happens, and how long it took', () => {
    const stage = new ActionStage(PLUGINS).press('x');
    stage.answerPlan(STOP_CRM);
    expect(stage.box()).toEqual([
      'stop crm',
      'goes down with it, in this order: gateway (200 ms) → analytics (1.1 s)',
      'then crm: SIGTERM, up to 10 s, then KILL · the last 3 times took 300–900',
      'ms',
      '[enter] stop   [esc] leave it',
    ]);
  });

  test('is wrapped where the terminal is narrow, and nothing of it is lost', () => {
    const stage = new ActionStage(PLUGINS, { size: { columns: 44, rows: 30 } }).press('x');
    stage.answerPlan(STOP_CRM);
    const text = stage.box().join(' ');
    for (const word of ['gateway (200 ms)', 'analytics (1.1 s)', 'SIGTERM, up to 10 s', 'then KILL', '[esc]'])
      expect(text).toContain(word);
    for (const one of stage.lines()) expect(one.length).toBeLessThanOrEqual(44);
  });

  test('keeps the comma where a line ends between two that go at once', () => {
    const ids = ['report', 'analytics', 'gateway', 'billing', 'mailer', 'indexer', 'web', 'archive'];
    const steps = ids.map((id) => planStep(id, 'stop', { because: 'it needs db', lastMs: [136] }));
    for (const columns of [44, 50, 60, 71, 80]) {
      const stage = new ActionStage(PLUGINS, { size: { columns, rows: 30 } }).press('x');
      stage.answerPlan([...steps, planStep('crm', 'stop', { level: 1 })]);
      const text = stage.box().join(' ');
      expect(text).toContain(ids.map((id) => `${id} (136 ms)`).join(', '));
      for (const one of stage.lines()) expect(one.length).toBeLessThanOrEqual(columns);
    }
  });

  test('says in a low terminal how many more there are, and shows them when it is scrolled', () => {
    const many = Array.from({ length: 60 }, (_, at) =>
      planStep(`plugin-${String(at).padStart(2, '0')}`, 'stop', {
        because: 'it needs crm',
        level: at,
        lastMs: [100],
      }),
    );
    const stage = new ActionStage(PLUGINS, { size: { columns: 60, rows: 15 } }).press('x');
    stage.answerPlan([...many, planStep('crm', 'stop', { level: 60 })]);
    const count = (text: string): number => text.match(/plugin-\d\d/g)?.length ?? 0;
    const shown = count(stage.text());
    expect(shown).toBeGreaterThan(0);
    expect(stage.text()).toContain(`and ${61 - shown} more`);
    expect(stage.text()).toContain('[enter] stop');
    stage.press(...Array.from({ length: 60 }, () => 'j'));
    expect(stage.text()).toContain('plugin-59');
    expect(stage.text()).toContain('then crm');
    // One key back is seen at once, however often the last one was pressed.
    stage.press('k');
    expect(stage.text()).not.toContain('the end');
  });

  test('is drawn in ASCII where there is nothing else', () => {
    const stage = new ActionStage(PLUGINS, { look: { colours: 'none', signs: ASCII } }).press('x');
    stage.answerPlan(STOP_CRM);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the end of ASCII
    expect(stage.text()).toMatch(/^[\x00-\x7f]*$/);
    expect(stage.text()).toContain('gateway (200 ms) -> analytics (1.1 s)');
  });
});

describe('enter', () => {
  test('carries out the command once the plan is there', () => {
    const stage = new ActionStage(PLUGINS).press('x');
    stage.answerPlan(STOP_CRM);
    stage.press('enter');
    expect(stage.acts.map(({ argv }) => argv)).toEqual([['stop', 'crm']]);
    expect(stage.acts[0]?.gracesMs?.get('crm')).toBe(10_000);
    expect(stage.app.confirm).toBeUndefined();
  });

  test('does nothing before torud has said what goes down, also when it was pressed in haste', () => {
    const stage = new ActionStage(PLUGINS).press('x', 'enter');
    expect(stage.acts).toEqual([]);
    expect(stage.text()).toContain('wait: torud has not yet said what this would do');
    stage.answerPlan(STOP_CRM);
    expect(stage.acts).toEqual([]);
    expect(stage.text()).toContain('gateway (200 ms)');
    stage.press('enter');
    expect(stage.acts).toHaveLength(1);
  });

  test('does nothing when it would fail, and the box says why', () => {
    const stage = new ActionStage(PLUGINS).press('s');
    const error = errorBody('dependency', 'it needs missing ^2, which is not installed', {
      hint: 'install missing',
    });
    const outcome = { plugin: 'crm', changed: false, state: 'stopped', error } as const;
    stage.answerPlan([planStep('crm', 'nothing', { error })], [outcome]);
    expect(stage.box().join(' ')).toContain(
      'crm: it needs missing ^2, which is not installed; install missing',
    );
    stage.press('enter');
    expect(stage.acts).toEqual([]);
  });

  test('does nothing when torud does not say what would happen', () => {
    const stage = new ActionStage(PLUGINS).press('x');
    stage.refusePlan('the database is full');
    expect(stage.text()).toContain('the database is full');
    stage.press('enter');
    expect(stage.acts).toEqual([]);
  });

  test('does what can be done where only some of several would fail', () => {
    const stage = new ActionStage(PLUGINS).press(' ', ' ', 's');
    expect(stage.plans.at(-1)?.params).toMatchObject({ names: ['crm', 'gateway'], dryRun: true });
    const error = errorBody('invalid', 'plugin.json: no name');
    stage.answerPlan(
      [planStep('crm', 'start', { state: 'stopped' })],
      [
        { plugin: 'crm', changed: true, state: 'stopped' },
        { plugin: 'gateway', changed: false, state: 'invalid', error },
      ],
    );
    expect(stage.text()).toContain('gateway: plugin.json: no name');
    stage.press('enter');
    expect(stage.acts.map(({ argv }) => argv)).toEqual([['start', 'crm', 'gateway']]);
  });
});

describe('an open box', () => {
  test('says that torud is away, takes no enter then, and asks again when it is back', () => {
    const stage = new ActionStage(PLUGINS).press('x');
    stage.answerPlan(STOP_CRM);
    const before = stage.plans.at(-1)?.tag;
    stage.lose();
    expect(stage.box().join(' ')).toContain('torud is away');
    expect(stage.text()).not.toContain('gateway (200 ms)');
    stage.press('enter');
    expect(stage.acts).toEqual([]);
    stage.connect();
    expect(stage.plans.at(-1)?.tag).not.toBe(before);
    stage.answerPlan([planStep('crm', 'stop')]);
    expect(stage.text()).not.toContain('gateway (200 ms)');
    stage.press('enter');
    expect(stage.acts).toHaveLength(1);
  });

  test('asks again when somebody else has changed what the plan was made for', () => {
    const stage = new ActionStage(PLUGINS).press('x');
    stage.answerPlan(STOP_CRM);
    const gone = pluginStatus('gateway', { state: 'stopped', pid: null, runId: null });
    stage.send({ type: 'watched', item: { kind: 'plugin', plugin: gone } });
    expect(stage.plans).toHaveLength(2);
    stage.press('enter');
    expect(stage.acts).toEqual([]);
    stage.answerPlan([planStep('crm', 'stop')]);
    stage.send({ type: 'watched', item: { kind: 'plugin', plugin: pluginStatus('web') } });
    expect(stage.plans).toHaveLength(2);
  });

  test('does not take the answer to an older question for its own', () => {
    const stage = new ActionStage(PLUGINS).press('x');
    const old = stage.plans.at(-1)?.tag ?? '';
    stage.lose();
    stage.connect();
    stage.send({ type: 'answer', tag: old, result: { ok: true, value: { plan: STOP_CRM, outcomes: [] } } });
    expect(stage.text()).toContain('asking torud');
  });

  test.each(['escape', 'q', 'n'])('is left with %s, and nothing is done', (key) => {
    const stage = new ActionStage(PLUGINS).press('x');
    stage.answerPlan(STOP_CRM);
    stage.press(key);
    expect(stage.app.confirm).toBeUndefined();
    expect(stage.acts).toEqual([]);
    expect(stage.effects.some(({ type }) => type === 'quit')).toBe(false);
  });

  test('copies its command with y, with the options of the session', () => {
    const stage = new ActionStage(PLUGINS, { meant: ['--root', '/srv/my root'] }).press('x', 'y');
    expect(stage.effects).toContainEqual({ type: 'copy', text: "toru --root '/srv/my root' stop crm" });
    expect(stage.text()).toContain("$ toru --root '/srv/my root' stop crm");
  });
});

describe('other actions', () => {
  test('a start names what is started first because it is needed', () => {
    const stage = new ActionStage(PLUGINS).press('s');
    stage.answerPlan([
      planStep('db', 'start', { because: 'crm needs it', state: 'stopped', lastMs: [1000] }),
      planStep('crm', 'start', { level: 1, state: 'stopped' }),
    ]);
    expect(stage.box()).toEqual([
      'start crm',
      'is started first, for it is needed: db (1 s)',
      'then crm: start, it is stopped',
      '[enter] start   [esc] leave it',
    ]);
  });

  test('a start names who waits for it and starts then, one after the other', () => {
    const needs = (...ids: readonly string[]) => ({
      state: 'waiting' as const,
      dependencies: ids.map((plugin) => ({
        plugin,
        range: '*',
        required: true,
        state: 'waiting' as const,
        version: '1.0.0',
        fits: true,
      })),
    });
    const stage = new ActionStage([
      pluginStatus('db', { state: 'stopped' }),
      pluginStatus('analytics', needs('crm')),
      pluginStatus('crm', needs('db')),
      pluginStatus('lost', needs('db', 'nowhere')),
      pluginStatus('mailer', needs('db', 'web')),
      pluginStatus('web'),
    ]).press('j', 's');
    stage.answerPlan([planStep('db', 'start', { state: 'stopped' })]);
    expect(stage.box()).toContain('and then what waits for it: crm, mailer → analytics');
    expect(stage.text()).not.toMatch(/waits for it:.*lost/);
    // A stop starts nobody.
    stage.press('escape', 'x');
    stage.answerPlan([planStep('db', 'stop')]);
    expect(stage.text()).not.toContain('what waits for it');
  });

  test('a start of one that is in backoff says so', () => {
    const stage = new ActionStage(PLUGINS).press('s');
    stage.answerPlan([planStep('crm', 'start', { state: 'backoff' })]);
    expect(stage.box()).toContain('crm: start, it is in backoff');
  });

  test('a restart names who goes down before it and who comes back after it', () => {
    const stage = new ActionStage(PLUGINS).press('r');
    stage.answerPlan([
      planStep('web', 'stop', { because: 'it needs crm' }),
      planStep('crm', 'restart', { level: 1 }),
      planStep('web', 'start', { because: 'it needs crm', level: 2, lastMs: [400] }),
    ]);
    const text = stage.box().join('\n');
    expect(text.indexOf('goes down with it')).toBeLessThan(text.indexOf('then crm: restart'));
    expect(text.indexOf('then crm: restart')).toBeLessThan(
      text.indexOf('is started again after it: web (400 ms)'),
    );
  });

  test('a kill lets its signal be chosen, and asks again for each', () => {
    const stage = new ActionStage(PLUGINS).press('K');
    expect(stage.plans.at(-1)?.params).toMatchObject({ names: ['crm'], signal: 'SIGTERM' });
    stage.press('right', 'right');
    expect(stage.plans.at(-1)?.params).toMatchObject({ signal: 'SIGHUP' });
    stage.answerPlan([planStep('crm', 'signal', { because: 'SIGHUP to its process group (pid 7)' })]);
    expect(stage.text()).toContain('SIGHUP (1) to its process group (pid 7)');
    stage.press('enter');
    expect(stage.acts.map(({ argv }) => argv)).toEqual([['kill', '-s', 'SIGHUP', 'crm']]);
  });

  test('what a plugin is called cannot steer the terminal from within the box', () => {
    const stage = new ActionStage(PLUGINS).press('x');
    stage.answerPlan([planStep('crm', 'nothing', { because: 'so \u001b[2J already' })]);
    expect(stage.text()).not.toContain('\u001b');
  });
});
