/** Pages of the console's history of tasks. */

import { expect, test } from 'vitest';
import { joined, type Pages } from '../../plugins/web/console/pages/tasks/history-pages.ts';
import type { Task } from '../../src/protocol/control/tasks.ts';

function pageOf(ids: string, hasMore: boolean): Pages {
  return { tasks: [...ids].map((id) => ({ id }) as Task), hasMore };
}

function idsOf({ tasks }: Pages): string {
  return tasks.map(({ id }) => id).join('');
}

test('an older page stands behind what is known, also when it is read twice', () => {
  const two = joined(pageOf('fed', true), pageOf('cb', true), 'd');
  expect([idsOf(two), two.hasMore]).toEqual(['fedcb', true]);
  const again = joined(two, pageOf('cb', false), 'd');
  expect([idsOf(again), again.hasMore]).toEqual(['fedcb', false]);
});

test('a newer newest page stands before the older ones, which stay', () => {
  const read = joined(pageOf('fedcb', true), pageOf('hgf', true), undefined);
  expect([idsOf(read), read.hasMore]).toEqual(['hgfedcb', true]);
});

test('what the newest page could hold and does not is gone', () => {
  const read = joined(pageOf('fedcb', true), pageOf('gec', true), undefined);
  expect([idsOf(read), read.hasMore]).toEqual(['gecb', true]);
  const all = joined(pageOf('fedcb', true), pageOf('g', false), undefined);
  expect([idsOf(all), all.hasMore]).toEqual(['g', false]);
  expect(idsOf(joined(pageOf('fed', true), pageOf('', false), undefined))).toBe('');
});
