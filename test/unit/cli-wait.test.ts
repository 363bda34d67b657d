/** `toru wait`: what each condition means, and when waiting is over. */

import { expect, test } from 'vitest';
import type { Condition } from '../../src/cli/conditions.ts';
import { parseCondition } from '../../src/cli/conditions.ts';
import { WaitRoom } from '../../src/cli/wait-room.ts';
import type { PluginStatus } from '../../src/protocol/control/plugins.ts';
import type { PluginStateName } from '../../src/protocol/plugin-state.ts';
import { PLUGIN_STATES } from '../../src/protocol/plugin-state.ts';
import { pluginStatus } from '../fixtures/scripted-daemon.ts';

function conditionOf(text: string): Condition {
  const parsed = parseCondition(text);
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return parsed.value;
}

function roomFor(...texts: string[]): WaitRoom {
  return new WaitRoom(texts.map(conditionOf), false);
}

function snapshot(...plugins: PluginStatus[]): { kind: 'snapshot'; plugins: PluginStatus[] } {
  return { kind: 'snapshot', plugins };
}

const LAST_EXIT = { runId: 1, at: '2026-11-08T16:20:00.000000Z', code: 3, signal: null };

const STATES_OF: Readonly<Record<string, readonly PluginStateName[]>> = {
  ready: ['running'],
  running: ['running'],
  stopped: ['stopped', 'exited', 'failed'],
  failed: ['failed'],
  exited: ['stopped', 'waiting', 'backoff', 'failed', 'exited', 'invalid'],
};

test.each(Object.keys(STATES_OF))('%s holds in its states and in no other', (text) => {
  const held = PLUGIN_STATES.filter(
    (state) => conditionOf(text).judge(pluginStatus('web', { state, lastExit: LAST_EXIT }), false) === 'yes',
  );
  expect([...held].sort()).toEqual([...(STATES_OF[text] ?? [])].sort());
});

test('exited needs an end that was seen', () => {
  expect(conditionOf('exited').judge(pluginStatus('web', { state: 'stopped' }), false)).toBe('no');
});

test('healthy needs a running plugin whose health check says so', () => {
  const { judge } = conditionOf('healthy');
  expect(judge(pluginStatus('web'), false)).toBe('no');
  expect(judge(pluginStatus('web', { health: 'healthy' }), false)).toBe('yes');
  expect(judge(pluginStatus('web', { health: 'healthy', state: 'stopping' }), false)).toBe('no');
});

test('exit=N compares the last exit code, restarts<N the count', () => {
  const plugin = pluginStatus('web', { state: 'exited', lastExit: LAST_EXIT, restarts: 2 });
  expect(conditionOf('exit=3').judge(plugin, false)).toBe('yes');
  expect(conditionOf('exit=0').judge(plugin, false)).toBe('no');
  expect(conditionOf('exit=0').judge(pluginStatus('web'), false)).toBe('no');
  expect(conditionOf('restarts<3').judge(plugin, false)).toBe('yes');
  expect(conditionOf('restarts<2').judge(plugin, false)).toBe('no');
});

test.each(['', 'redy', 'exit=', 'exit=-1', 'restarts<', 'restarts>3', 'log~(', 'toString'])(
  '"%s" is no condition',
  (text) => {
    expect(parseCondition(text)).toMatchObject({ ok: false, failure: { code: 'usage' } });
  },
);

test('nothing is fulfilled before the snapshot', () => {
  expect(roomFor('ready').isFulfilled).toBe(false);
});

test('all names must fulfil all conditions at the same moment', () => {
  const room = roomFor('ready', 'restarts<3');
  room.onWatched(snapshot(pluginStatus('a'), pluginStatus('b', { state: 'starting' })));
  expect(room.isFulfilled).toBe(false);
  room.onWatched({ kind: 'plugin', plugin: pluginStatus('b') });
  expect(room.isFulfilled).toBe(true);
  room.onWatched({ kind: 'plugin', plugin: pluginStatus('a', { restarts: 3 }) });
  expect(room.isFulfilled).toBe(false);
});

test('a matched log line is remembered, for its plugin alone', () => {
  const room = roomFor('ready', 'log~listening on \\d+');
  room.onWatched(snapshot(pluginStatus('a', { state: 'starting' }), pluginStatus('b')));
  room.onLogged('a', 'listening on 80');
  room.onWatched({ kind: 'plugin', plugin: pluginStatus('a') });
  expect(room.isFulfilled).toBe(false);
  room.onLogged('b', 'listening on 81');
  expect(room.isFulfilled).toBe(true);
});

test('waiting for ready ends at once when the plugin is given up or refused', () => {
  for (const [state, code] of [
    ['failed', 'failed'],
    ['invalid', 'invalid'],
  ] as const) {
    const room = roomFor('ready');
    room.onWatched(snapshot(pluginStatus('web', { state, reason: 'it said no' })));
    expect(room.impossibility).toMatchObject({
      code,
      name: 'web',
      message: expect.stringContaining('it said no'),
    });
    expect(room.isFulfilled).toBe(false);
  }
});

test('waiting for failed goes on while a plugin is refused', () => {
  const room = roomFor('failed');
  room.onWatched(snapshot(pluginStatus('web', { state: 'invalid' })));
  expect(room.impossibility).toBeUndefined();
});

test('a plugin that is removed while it is waited for is an error', () => {
  const room = roomFor('ready');
  room.onWatched(snapshot(pluginStatus('web', { state: 'starting' })));
  room.onWatched({ kind: 'removed', id: 'web' });
  expect(room.impossibility).toMatchObject({ code: 'not_found', name: 'web' });
});

test('a pattern that matches nothing is an error unless that is allowed', () => {
  const strict = roomFor('ready');
  strict.onWatched(snapshot());
  expect(strict.impossibility).toMatchObject({ code: 'not_found' });
  const named = new WaitRoom([conditionOf('ready')], false, ['zzz*']);
  named.onWatched(snapshot());
  expect(named.impossibility).toMatchObject({ code: 'not_found', name: 'zzz*' });
  const lenient = new WaitRoom([conditionOf('ready')], true);
  lenient.onWatched(snapshot());
  expect(lenient.isFulfilled).toBe(true);
});

test('a time-out names what is pending and how things are', () => {
  const room = roomFor('ready', 'healthy');
  expect(room.timeout(5000).message).toContain('the answer of torud');
  room.onWatched(snapshot(pluginStatus('web', { state: 'backoff' })));
  expect(room.timeout(5000)).toMatchObject({
    code: 'timeout',
    message: 'timed out after 5 s; pending: web ready (is backoff), web healthy (is backoff)',
    name: 'web',
  });
});

test('a time-out names ten plugins and counts the others', () => {
  const room = roomFor('ready');
  const ids = Array.from({ length: 500 }, (_, at) => `p${at}`);
  room.onWatched(snapshot(...ids.map((id) => pluginStatus(id, { state: 'starting' }))));
  const { message, name } = room.timeout(5000);
  expect(message).toMatch(/pending: p0 ready \(is starting\), .*p9 ready \(is starting\) and 490 more$/);
  expect(name).toBe('p0');
});

test('exit=N is not met by the end of a run before the one that was there when the waiting began', () => {
  const { judge } = conditionOf('exit=0');
  const lastExit = { runId: 4, at: '2026-11-08T16:20:00.000000Z', code: 0, signal: null };
  const running = pluginStatus('web', { state: 'running', runId: 5, lastExit });
  expect(judge(running, false, 5)).toBe('no');
  expect(judge(pluginStatus('web', { state: 'exited', runId: null, lastExit }), false, 5)).toBe('yes');
  const replaced = { ...running, runId: 6, lastExit: { ...lastExit, runId: 5 } };
  expect(judge(replaced, false, 5), 'the run ended, and the next one is there already').toBe('yes');
});
