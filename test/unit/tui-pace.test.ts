/** How soon a picture follows: at once to a person, and not more often than one reads to what goes on by itself. Pure. */

import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/cli/tui/messages.ts';
import { drawDelayMs, paceOf } from '../../src/cli/tui/pace.ts';
import { pluginStatus } from '../fixtures/scripted-daemon.ts';

const KEY: Message = { type: 'key', key: 'j' };
const SNAPSHOT: Message = { type: 'watched', item: { kind: 'snapshot', plugins: [] } };
const CHANGE: Message = { type: 'watched', item: { kind: 'plugin', plugin: pluginStatus('web') } };
const LINES: Message = { type: 'items', tag: 'logs/1', items: [] };

describe('a picture', () => {
  test('follows a key at once, however young the last one is', () => {
    expect(drawDelayMs(paceOf(KEY), 0)).toBeLessThan(20);
    expect(drawDelayMs(paceOf(KEY), Number.POSITIVE_INFINITY)).toBeLessThan(20);
  });

  test('of the first plugins is not waited for', () => {
    expect(drawDelayMs(paceOf(SNAPSHOT), 1)).toBeLessThan(50);
  });

  test('follows a change soon after a quiet time, and a little more than four times a second while there are many', () => {
    expect(drawDelayMs(paceOf(CHANGE), Number.POSITIVE_INFINITY)).toBeLessThan(50);
    expect(drawDelayMs(paceOf(CHANGE), 10_000)).toBeLessThan(50);
    expect(drawDelayMs(paceOf(CHANGE), 0)).toBeGreaterThanOrEqual(200);
    expect(drawDelayMs(paceOf(CHANGE), 0)).toBeLessThanOrEqual(250);
  });

  test('of lines that are followed comes at most ten times a second', () => {
    expect(drawDelayMs(paceOf(LINES), 0)).toBe(100);
  });
});
