/** How long plugins have run, as the server tells it to whoever comes later. */

import { describe, expect, test } from 'vitest';
import { PluginBook } from '../../plugins/web/server/plugin-book.ts';
import type { PluginStatus } from '../../src/protocol/control/plugins.ts';

const plugin = (id: string, uptimeMs: number | null) => ({ id, uptimeMs }) as PluginStatus;

describe('the uptime of a plugin', () => {
  const book = () => {
    const clock = { nowMs: 0 };
    const made = new PluginBook(() => clock.nowMs);
    made.apply({ kind: 'snapshot', plugins: [plugin('a', 500), plugin('b', null)] });
    return { clock, made };
  };

  test('has grown by the time since torud told it', () => {
    const { clock, made } = book();
    clock.nowMs = 720_000;
    expect(made.get('a')?.uptimeMs).toBe(720_500);
    expect([...made.all()].map(({ uptimeMs }) => uptimeMs)).toEqual([720_500, null]);
    clock.nowMs = 730_000;
    expect(made.get('a')?.uptimeMs).toBe(730_500);
  });

  test('begins again with what torud tells of the next run', () => {
    const { clock, made } = book();
    clock.nowMs = 60_000;
    made.apply({ kind: 'plugin', plugin: plugin('a', 20) });
    expect(made.get('a')?.uptimeMs).toBe(20);
    clock.nowMs = 62_000;
    expect(made.get('a')?.uptimeMs).toBe(2_020);
  });

  test('is the same object for all who ask in one moment, so that it is written out once', () => {
    const { clock, made } = book();
    clock.nowMs = 5_000;
    const seen = made.get('a');
    clock.nowMs = 5_900;
    expect(made.get('a')).toBe(seen);
    expect([...made.all()][0]).toBe(seen);
  });
});
