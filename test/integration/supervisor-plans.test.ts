/** What torud and toru say of plugins that need each other: the plan of an action, the tree, the errors. */

import { expect, it } from 'vitest';
import type { PlanStep } from '../../src/protocol/control/plan.ts';
import type { ActionOutcome } from '../../src/protocol/control/plugins.ts';
import { runToru } from '../rig/cli-rig.ts';
import { history, install, openWith, SHOP, states } from '../rig/dependent-plugins.ts';

it('a dry run changes nothing, and what is done then is what it said', async () => {
  await using stage = await openWith(SHOP);
  const plan = async (verb: string, id: string): Promise<readonly (string | number)[][]> => {
    const answer = await stage.call(`plugin.${verb}`, { names: [id], dryRun: true });
    return (answer.plan as readonly PlanStep[]).map(({ level, action, plugin }) => [level, action, plugin]);
  };
  expect(await plan('start', 'web')).toEqual([
    [0, 'start', 'db'],
    [1, 'start', 'crm'],
    [2, 'start', 'web'],
  ]);
  expect(await history(stage, ['started', 'ready', 'changed'])).toEqual([]);
  await stage.act('start', 'web');
  expect(await plan('start', 'web')).toEqual([[0, 'nothing', 'web']]);
  expect(await plan('restart', 'crm')).toEqual([
    [0, 'stop', 'web'],
    [1, 'restart', 'crm'],
    [2, 'start', 'web'],
  ]);
  expect(await plan('stop', 'db')).toEqual([
    [0, 'stop', 'web'],
    [1, 'stop', 'crm'],
    [2, 'stop', 'db'],
  ]);
  expect(await states(stage, ['db', 'crm', 'web'])).toEqual(Array(3).fill('running'));
  await stage.act('stop', 'db');
  expect(await plan('start', 'web'), 'what waits has what it waits for begun').toEqual([
    [0, 'start', 'db'],
    [1, 'start', 'web'],
  ]);
  await stage.act('start', 'db');
  await stage.untilState('web', 'running');
  const again = (await stage.call('plugin.stop', { names: ['db'], dryRun: true }))
    .plan as readonly PlanStep[];
  expect(again.map(({ lastMs, graceMs }) => [lastMs.length, graceMs])).toEqual([
    [1, 10_000],
    [1, 10_000],
    [1, 10_000],
  ]);
});

it('a dry run of a restart says who does not fit the version that is begun', async () => {
  await using stage = await openWith(SHOP);
  await stage.act('start', 'web');
  await install(stage, 'db', { version: '2.0.0' });
  await stage.call('plugin.scan', {});
  const planned = await stage.call('plugin.restart', { names: ['db'], dryRun: true });
  const steps = planned.plan as readonly PlanStep[];
  expect(steps.map(({ action, plugin, error }) => [action, plugin, error?.message])).toEqual([
    ['stop', 'web', undefined],
    ['stop', 'crm', undefined],
    ['restart', 'db', undefined],
    ['start', 'crm', 'it needs db ^1.0, which is 2.0.0'],
    ['start', 'web', 'crm, which it needs, needs db ^1.0, which is 2.0.0'],
  ]);
  const real = await stage.call('plugin.restart', { names: ['db'] });
  for (const { outcomes } of [planned, real]) {
    expect(outcomes).toMatchObject([{ plugin: 'db', changed: true, error: { code: 'dependency' } }]);
  }
  expect(await states(stage, ['db', 'crm', 'web'])).toEqual(['running', 'waiting', 'waiting']);
});

it('a dry run gives the errors of the real thing', async () => {
  await using stage = await openWith({ web: { needs: ['nothing@^1'] } });
  const answer = await stage.call('plugin.enable', { names: ['web', 'ghost'], dryRun: true });
  const outcomes = answer.outcomes as readonly ActionOutcome[];
  expect(outcomes.map(({ plugin, changed, error }) => [plugin, changed, error?.code])).toEqual([
    ['web', false, 'dependency'],
    ['ghost', false, 'not_found'],
  ]);
  expect((answer.plan as readonly PlanStep[])[0]).toMatchObject({ error: { code: 'dependency' } });
});

it('the tree ends where it would repeat itself', async () => {
  await using stage = await openWith({ ...SHOP, a: { needs: ['b'] }, b: { needs: ['a'] } });
  const { tree } = await stage.call('plugin.dependencies', { plugin: 'a' });
  expect(tree).toMatchObject({
    plugin: 'a',
    nodes: [{ plugin: 'b', isCycle: false, nodes: [{ plugin: 'a', isCycle: true, nodes: [] }] }],
  });
  const reverse = await stage.call('plugin.dependencies', { plugin: 'db', reverse: true });
  expect(reverse.tree).toMatchObject({
    plugin: 'db',
    nodes: [{ plugin: 'crm', range: '^1.0', fits: true, nodes: [{ plugin: 'web' }] }],
  });
  const { error } = await stage.call('plugin.dependencies', { plugin: 'ghost' });
  expect(error).toMatchObject({ code: 'not_found' });
});

it('toru prints the tree, and exits 153 with one line when a dependency is missing', async () => {
  await using stage = await openWith({ ...SHOP, lost: { needs: ['nothing@^2'] } });
  await stage.act('start', 'web');
  const toru = (...words: readonly string[]) => runToru(stage.folder, words, { env: { LC_ALL: 'C.UTF-8' } });
  expect(await toru('list-dependencies', 'web')).toMatchObject({
    code: 0,
    stdout: [
      'web (1.0.0, running)',
      '└─ crm ^1.0 (1.0.0, running)',
      '   └─ db ^1.0 (1.2.0, running)',
      '',
    ].join('\n'),
    stderr: '',
  });
  expect((await toru('list-dependencies', 'db', '--reverse')).stdout).toBe(
    [
      'db (1.2.0, running)',
      '└─ crm (1.0.0, running), needs ^1.0',
      '   └─ web (1.0.0, running), needs ^1.0',
      '      └─ ui (1.0.0, stopped), needs it',
      '',
    ].join('\n'),
  );
  expect((await toru('list-dependencies', 'web', '-o', 'value')).stdout).toBe('crm\ndb\n');
  expect((await toru('list-dependencies', 'web', '--plain', '--no-legend')).stdout.split('\n')[1]).toBe(
    '1\tcrm\tweb\t^1.0\tyes\trunning\t1.0.0\tyes',
  );
  const document: unknown = JSON.parse((await toru('list-dependencies', 'web', '--json')).stdout);
  expect(document).toMatchObject({ schema: 1, tree: { plugin: 'web', nodes: [{ plugin: 'crm' }] } });
  expect(await toru('list-dependencies', 'ghost')).toMatchObject({ code: 4, stdout: '' });
  const refused = await toru('start', 'lost');
  expect(refused).toMatchObject({ code: 153, stdout: '' });
  expect(refused.stderr).toMatch(/^toru: start lost: it needs nothing \^2, which is not installed; .+\n$/);
  expect(await toru('start', 'lost', '--dry-run')).toMatchObject({ code: 153 });
});
