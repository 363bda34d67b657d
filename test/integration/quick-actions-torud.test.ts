/** Quick actions over the control socket of a real torud: kept over a kill, audited, run as tasks. */

import { expect, it } from 'vitest';
import type { QuickAction } from '../../src/protocol/control/quick-actions.ts';
import { untilTask, writeScript } from '../rig/automation-stage.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

async function open(): Promise<PluginStage> {
  const stage = await PluginStage.make();
  try {
    await writeScript(stage, 'deploy.sh', 'echo "deploys $*"');
    await stage.rig.start();
    return stage;
  } catch (thrown) {
    await stage[Symbol.asyncDispose]();
    throw thrown;
  }
}

async function names(stage: PluginStage): Promise<readonly string[]> {
  const { actions } = (await stage.call('quickAction.list')) as { actions: readonly QuickAction[] };
  return actions.map(({ name, position }) => `${position} ${name}`);
}

it('what was answered is there after kill -9', async () => {
  await using stage = await open();
  const create = { mode: 'create', script: 'deploy.sh' };
  await stage.call('quickAction.set', { ...create, name: 'a', icon: '🔄', confirm: 'Sure?' });
  await stage.call('quickAction.set', { ...create, name: 'b' });
  await stage.call('quickAction.set', { ...create, name: 'first', position: 1, args: ['x'] });
  await stage.rig.killAndRestart();
  expect(await names(stage)).toEqual(['1 first', '2 a', '3 b']);
  await stage.call('quickAction.set', { mode: 'edit', name: 'a', rename: 'z', icon: null });
  await stage.call('quickAction.remove', { name: 'first' });
  await stage.rig.killAndRestart();
  expect(await names(stage)).toEqual(['1 z', '2 b']);
});

it('refusals have their codes, and leave the list as it is', async () => {
  await using stage = await open();
  const ask = async (method: string, params: object): Promise<unknown> =>
    (await stage.call(method, params)).error;
  await stage.call('quickAction.set', { mode: 'create', name: 'a', script: 'deploy.sh' });
  expect(await ask('quickAction.set', { mode: 'create', name: 'a', script: 's' })).toMatchObject({
    code: 'conflict',
  });
  expect(await ask('quickAction.set', { mode: 'create', name: 'b' })).toMatchObject({ code: 'usage' });
  expect(await ask('quickAction.set', { mode: 'create', name: 'b/c', script: 's' })).toMatchObject({
    code: 'usage',
  });
  expect(await ask('quickAction.set', { mode: 'edit', name: 'b' })).toMatchObject({ code: 'not_found' });
  expect(await ask('quickAction.remove', { name: 'b' })).toMatchObject({ code: 'not_found' });
  expect(await ask('quickAction.run', { name: 'b' })).toMatchObject({ code: 'not_found' });
  expect(await names(stage)).toEqual(['1 a']);
});

it('run is a task of its script, which names the action; one without its script is refused', async () => {
  await using stage = await open();
  await stage.call('quickAction.set', { mode: 'create', name: 'go', script: 'deploy.sh', args: ['now'] });
  expect(await stage.call('quickAction.run', { name: 'go', dryRun: true })).toEqual({ task: null });
  await stage.call('quickAction.run', { name: 'go' });
  const task = await untilTask(stage, ({ state }) => state === 'done');
  expect(task).toMatchObject({
    script: 'deploy.sh',
    args: ['now'],
    origin: { kind: 'action', action: 'go' },
  });
  await stage.call('quickAction.set', { mode: 'create', name: 'later', script: 'not-yet.sh' });
  expect((await stage.call('quickAction.run', { name: 'later' })).error).toMatchObject({ code: 'not_found' });
});

it('changes stand in the audit, questions do not', async () => {
  await using stage = await open();
  await stage.call('quickAction.set', { mode: 'create', name: 'a', script: 'deploy.sh', dryRun: true });
  await stage.call('quickAction.set', { mode: 'create', name: 'a', script: 'deploy.sh' });
  await stage.call('quickAction.list');
  await stage.call('quickAction.run', { name: 'a' });
  await stage.call('quickAction.remove', { name: 'a' });
  const methods: string[] = [];
  for await (const { entries } of stage.items('audit.read', {}))
    for (const { details } of entries as readonly { readonly details: { readonly method: string } }[])
      methods.push(details.method);
  expect(methods).toEqual(['quickAction.set', 'quickAction.run', 'quickAction.remove']);
});
