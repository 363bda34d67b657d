/** Closing in reverse order. */

import { expect, it } from 'vitest';
import { Shutdown } from '../../src/daemon/base/shutdown.ts';

it('closes the last one added first, and waits for each', async () => {
  const shutdown = new Shutdown();
  const closed: string[] = [];
  shutdown.add('lock', () => void closed.push('lock'));
  shutdown.add('database', async () => {
    await Promise.resolve();
    closed.push('database');
  });
  shutdown.add('socket', () => void closed.push('socket'));
  expect(await shutdown.run()).toEqual([]);
  expect(closed).toEqual(['socket', 'database', 'lock']);
});

it('one that fails is named and keeps nobody else open', async () => {
  const shutdown = new Shutdown();
  const closed: string[] = [];
  shutdown.add('lock', () => void closed.push('lock'));
  shutdown.add('database', () => Promise.reject(new Error('disk full')));
  expect(await shutdown.run()).toEqual(['database: disk full']);
  expect(closed).toEqual(['lock']);
});

it('closes everything once', async () => {
  const shutdown = new Shutdown();
  let count = 0;
  shutdown.add('lock', () => {
    count += 1;
  });
  await shutdown.run();
  await shutdown.run();
  expect(count).toBe(1);
});
