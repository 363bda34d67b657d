/** What a removal says before it is carried out. */

import { expect, it } from 'vitest';
import type { ActionResult } from '../../src/protocol/control/plugins.ts';
import { openWith } from '../rig/dependent-plugins.ts';

it('who removes a part of what needs each other is told the whole of it', async () => {
  await using stage = await openWith({ db: {}, cache: { needs: ['db'] }, web: { needs: ['cache'] } });
  const { outcomes } = (await stage.call('plugin.remove', {
    names: ['db', 'cache'],
  })) as unknown as ActionResult;
  const hint = 'remove it as well: toru remove db cache web';
  expect(outcomes.map(({ error }) => error?.hint)).toEqual([hint, hint]);
});

it('a dry run of a removal says that what runs is stopped, and disables only what is enabled', async () => {
  await using stage = await openWith({ db: {} });
  const actions = async (): Promise<unknown> => {
    const { plan } = (await stage.call('plugin.remove', {
      names: ['db'],
      dryRun: true,
    })) as unknown as ActionResult;
    return plan?.map(({ action }) => action);
  };
  await stage.act('start', 'db');
  expect(await actions()).toEqual(['stop', 'remove']);
  await stage.act('enable', 'db');
  expect(await actions()).toEqual(['stop', 'disable', 'remove']);
  await stage.act('stop', 'db');
  expect(await actions()).toEqual(['disable', 'remove']);
});
