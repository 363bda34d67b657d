/** Commands that are typed behind `:` and take something down: asked about first, as the keys are. Pure. */

import { describe, expect, test } from 'vitest';
import { pluginStatus } from '../fixtures/scripted-daemon.ts';
import { ActionStage, planStep } from './tui-action-stage.ts';

const PLUGINS = [pluginStatus('crm'), pluginStatus('web-1', { groups: ['front'] }), pluginStatus('web-2')];

function typed(text: string, ...more: ConstructorParameters<typeof ActionStage>[1][]): ActionStage {
  return new ActionStage(PLUGINS, more[0] ?? {}).press(':').type(text).press('enter');
}

describe('a typed command that takes something down', () => {
  test.each([
    ['stop crm', 'plugin.stop', { names: ['crm'] }],
    ['toru stop crm', 'plugin.stop', { names: ['crm'] }],
    ['stop web-* @front crm', 'plugin.stop', { names: ['web-*', '@front', 'crm'] }],
    ['stop --all', 'plugin.stop', { all: true }],
    ['--timeout 5s stop --no-block crm', 'plugin.stop', { names: ['crm'] }],
    ['restart --allow-none x*', 'plugin.restart', { names: ['x*'], allowNone: true }],
    ['try-restart crm', 'plugin.tryRestart', { names: ['crm'] }],
    ['reload --force crm', 'plugin.reload', { names: ['crm'], force: true }],
    ['disable crm', 'plugin.disable', { names: ['crm'], now: true }],
    ['disable --no-stop crm', 'plugin.disable', { names: ['crm'], now: false }],
    ['kill crm', 'plugin.kill', { names: ['crm'], signal: 'SIGTERM' }],
    ['kill -9 crm', 'plugin.kill', { names: ['crm'], signal: 'SIGKILL' }],
    ['kill -HUP crm', 'plugin.kill', { names: ['crm'], signal: 'SIGHUP' }],
    ['kill --signal=usr1 crm', 'plugin.kill', { names: ['crm'], signal: 'SIGUSR1' }],
    ['kill -sTERM --timeout 3 crm', 'plugin.kill', { names: ['crm'], signal: 'SIGTERM' }],
    ['remove crm', 'plugin.remove', { names: ['crm'] }],
    ['remove --purge -- crm', 'plugin.remove', { names: ['crm'], purge: true }],
    ['daemon stop', 'plugin.stop', { all: true }],
  ])('%s is asked about with the plan that torud makes of it', (text, method, params) => {
    const stage = typed(text);
    expect(stage.acts).toEqual([]);
    const asked = stage.plans.at(-1);
    expect(asked).toMatchObject({ method });
    expect(asked?.params).toEqual({ ...params, dryRun: true });
    // Before torud has answered, enter does nothing.
    expect(stage.press('enter').acts).toEqual([]);
  });

  test('names what goes down with it, and is done as it was typed', () => {
    const stage = typed('stop --timeout 5s crm');
    stage.answerPlan([planStep('web-1', 'stop', { because: 'it needs crm' }), planStep('crm', 'stop')]);
    expect(stage.text()).toContain('goes down with it, in this order: web-1');
    expect(stage.text()).toContain('[enter] stop');
    stage.press('enter');
    expect(stage.acts).toMatchObject([{ argv: ['stop', '--timeout', '5s', 'crm'], isTyped: true }]);
  });

  test('is left with escape, and nothing is done', () => {
    const stage = typed('remove crm');
    stage.answerPlan([planStep('crm', 'remove')]);
    expect(stage.press('escape').acts).toEqual([]);
    expect(stage.app.confirm).toBeUndefined();
  });

  test('says that torud itself ends', () => {
    const stage = typed('daemon stop');
    stage.answerPlan([planStep('crm', 'stop'), planStep('web-1', 'stop')]);
    expect(stage.box().join(' ')).toContain(
      'crm: stop web-1: stop then torud itself ends [enter] daemon stop',
    );
    stage.press('enter');
    expect(stage.acts).toMatchObject([{ argv: ['daemon', 'stop'] }]);
  });

  test('a typed kill lets its signal be chosen', () => {
    const stage = typed('kill -HUP crm').press('right');
    expect(stage.plans.at(-1)?.params).toMatchObject({ names: ['crm'], signal: 'SIGINT' });
    stage.answerPlan([planStep('crm', 'signal', { because: 'SIGINT to its process group (pid 7)' })]);
    expect(stage.press('enter').acts.map(({ argv }) => argv)).toEqual([['kill', '-s', 'SIGINT', 'crm']]);
  });

  test.each([
    'daemon stop --keep-plugins',
    'daemon upgrade',
    'install --rollback crm',
    'install ./crm',
    'edit crm --file crm.toml',
    'kv delete crm key',
    // Another torud, and words that are not understood here.
    '--root /elsewhere stop crm',
    'stop --system crm',
    'stop --later crm',
  ])('%s, of which torud says nothing beforehand, is a short question', (text) => {
    const stage = typed(text);
    expect(stage.acts).toEqual([]);
    expect(stage.plans).toEqual([]);
    expect(stage.text()).toContain(`this runs: toru ${text}`);
    expect(stage.press('enter').acts).toMatchObject([{ argv: text.split(' '), isTyped: true }]);
  });

  test('who may not is told so, and torud is not asked', () => {
    const stage = typed('remove crm', { role: 'operate' });
    expect(stage.app.confirm).toBeUndefined();
    expect(stage.acts).toEqual([]);
    expect(stage.lines().at(-1)).toContain('remove crm: needs admin');
  });
});

test.each([
  'stop --dry-run crm',
  'remove crm --dry-run',
  'daemon stop --dry-run',
  'stop --help',
  // Refused by toru itself.
  'stop',
  'stop --all crm',
  'start crm',
  'enable crm',
  'status crm',
  'kv get crm stop',
  'daemon status',
  'list stop',
  'nosuch stop crm',
])('%s is done at once', (text) => {
  const stage = typed(text);
  expect(stage.app.confirm).toBeUndefined();
  expect(stage.acts).toMatchObject([{ argv: text.split(' '), isTyped: true }]);
});
