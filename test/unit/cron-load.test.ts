/** croner is loaded when there is a schedule, and not before. */

import { expect, test, vi } from 'vitest';
import { readSchedules } from '../../src/daemon/base/config-schedules.ts';
import { parseToml } from '../../src/daemon/base/toml-document.ts';
import { unwrap } from './store-scratch.ts';

const loaded = vi.hoisted(() => ({ count: 0 }));
vi.mock('croner', async (original) => {
  loaded.count += 1;
  return original();
});

test('a torud.toml without a schedule loads no parser of cron', async () => {
  const read = (toml: string) => readSchedules(unwrap(parseToml(toml, '/torud.toml', 'torud.toml')));
  expect(unwrap(await read('[daemon]\nlog_level = "info"\n'))).toEqual([]);
  expect(loaded.count).toBe(0);
  expect(unwrap(await read('[[schedule]]\nscript = "a"\ncron = "@daily"\n'))).toHaveLength(1);
  expect(loaded.count).toBe(1);
});
