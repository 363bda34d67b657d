/** What torud would do, as the console words it. */

import { describe, expect, test } from 'vitest';
import { deedText, howText, othersOf } from '../../plugins/web/console/parts/plan-words.ts';
import type { PlanStep } from '../../src/protocol/control/plan.ts';

const step = (more: Partial<PlanStep>): PlanStep => ({
  plugin: 'crm',
  action: 'stop',
  level: 0,
  because: 'asked for',
  state: 'running',
  lastMs: [],
  ...more,
});

describe('a step of a plan', () => {
  test('names signal, grace time and how long the last ones took', () => {
    const how = howText(step({ graceMs: 10_000, lastMs: [900, 300, 500] }));
    expect(how).toBe('SIGTERM, up to 10 s, then KILL · the last 3 times took 300 ms to 900 ms');
  });

  test('says why another plugin is part of it', () => {
    const how = howText(step({ plugin: 'gateway', because: 'it needs crm', lastMs: [200] }));
    expect(how).toBe('it needs crm · the last time took 200 ms');
    expect(deedText(step({}))).toBe('is stopped');
  });

  test('is about the state alone where nothing else is known', () => {
    expect(howText(step({ action: 'start', state: 'failed' }))).toBe('it is failed now');
    expect(howText(step({ action: 'start', state: null }))).toBe('');
  });

  test('is about others where it is not the plugin that was asked for', () => {
    const plan = [step({ plugin: 'gateway' }), step({}), step({ plugin: 'x', action: 'nothing' })];
    expect(othersOf(plan, 'crm').map(({ plugin }) => plugin)).toEqual(['gateway']);
    expect(othersOf([step({})], 'crm')).toEqual([]);
  });
});
