/** Running and cancelling scripts over the WebSocket, in front of a real torud. */

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_RUNS } from '../../plugins/web/api/socket/task-runs.ts';
import type { Task } from '../../src/protocol/control/tasks.ts';
import { writePlugin } from '../rig/plugin-fixture.ts';
import { TaskStage } from '../rig/task-stage.ts';
import { type WebClient, WebRig } from '../rig/web-rig.ts';
import { type ServerMessage, WebSocketRig } from '../rig/web-socket.ts';

/** Each of its pieces is a chunk of its own: it writes them one by one, slowly enough. */
const SPLIT = `#!/usr/bin/env python3
import os, time
for stream, piece in [(1, b'\\xe2\\x82'), (2, b'\\xf0\\x9f'), (1, b'\\xac!'), (2, b'\\x98\\x80'), (1, b'\\xff\\n'), (1, b'\\xe2')]:
    os.write(stream, piece)
    time.sleep(0.05)
`;

let stage: TaskStage;
let rig: WebRig;
let admin: WebClient;

beforeAll(async () => {
  stage = await TaskStage.open(
    {
      'both.sh': 'echo out "$@"; echo err >&2; exit 3',
      'sleeps.sh': 'echo begun; exec sleep 300',
      'killed.sh': 'kill -SEGV $$',
      'stubborn.sh': 'trap "" TERM; echo deaf; while :; do sleep 0.1; done',
      'gated.sh': 'echo before; while [ ! -e "$0.go" ]; do sleep 0.05; done; echo after; touch "$0.done"',
      'many.sh': 'seq -f "line %.0f" 200000; echo last',
      'split.py': SPLIT,
      'no-interpreter.sh': '#!/no/such/interpreter\n',
    },
    '[tasks]\ngrace = "1h"\n',
  );
  rig = await WebRig.open(stage.paths.controlSocket);
  admin = await rig.signIn();
});

afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

function open(headers: Readonly<Record<string, string>> = {}): Promise<WebSocketRig> {
  return WebSocketRig.open(rig.port, { cookie: admin.headers.cookie ?? '', ...headers });
}

async function tokenFor(plugins: readonly string[], role: string): Promise<Record<string, string>> {
  const { json } = await admin.post('/api/tokens', { name: 't', role, plugins });
  return { authorization: `Bearer ${json.token}`, cookie: '' };
}

const ENDS: readonly unknown[] = ['exit', 'cancelled', 'error'];
const isEnd = ({ type }: ServerMessage): boolean => ENDS.includes(type);

function dataOf(seen: readonly ServerMessage[], stream: string): string {
  return seen.flatMap(({ type, data }) => (type === stream ? [data] : [])).join('');
}

/** Id of the task that the client has just been told of. */
async function started(socket: WebSocketRig): Promise<string> {
  const seen = await socket.until(({ type }) => type === 'started' || type === 'error');
  expect(seen).toMatchObject([{ type: 'started', task_id: expect.any(String) }]);
  return String(seen.at(-1)?.task_id);
}

describe('run', () => {
  test('tells the beginning, both streams, and the exit code, in these shapes', async () => {
    await using socket = await open();
    socket.send({ type: 'run', script: 'both.sh', args: ['one', 'two words'] });
    const seen = await socket.until(isEnd);
    const task_id = seen[0]?.task_id;
    expect(seen[0]).toEqual({ type: 'started', task_id, script: 'both.sh' });
    expect(
      seen.slice(1, -1).toSorted((one, other) => (String(one.type) < String(other.type) ? -1 : 1)),
    ).toEqual([
      { type: 'stderr', task_id, data: 'err\n' },
      { type: 'stdout', task_id, data: 'out one two words\n' },
    ]);
    expect(seen.at(-1)).toEqual({ type: 'exit', task_id, code: 3, signal: null });
    expect(await stage.show(String(task_id))).toMatchObject({ state: 'failed', exitCode: 3 });
  });

  test('tells a signal by its name', async () => {
    await using socket = await open();
    socket.send({ type: 'run', script: 'killed.sh' });
    expect((await socket.until(isEnd)).at(-1)).toMatchObject({ type: 'exit', code: null, signal: 'SIGSEGV' });
  });

  test('puts characters together that are cut, of each stream for itself, and shows bytes that are none', async () => {
    await using socket = await open();
    socket.send({ type: 'run', script: 'split.py' });
    const seen = await socket.until(isEnd);
    expect(dataOf(seen, 'stdout')).toBe('€!\ufffd\n\ufffd');
    expect(dataOf(seen, 'stderr')).toBe('😀');
  });

  test('of several at once keeps them apart by their ids', async () => {
    await using socket = await open();
    for (const name of ['a', 'b', 'c']) socket.send({ type: 'run', script: 'both.sh', args: [name] });
    const ends = new Set<unknown>();
    const seen: ServerMessage[] = [];
    while (ends.size < 3) {
      const more = await socket.until(isEnd);
      seen.push(...more);
      ends.add(more.at(-1)?.task_id);
    }
    for (const id of ends) {
      const own = seen.filter(({ task_id }) => task_id === id);
      expect(own.map(({ type }) => type).toSorted()).toEqual(['exit', 'started', 'stderr', 'stdout']);
      expect(own[0]?.type).toBe('started');
      expect(own.at(-1)?.type).toBe('exit');
    }
  });

  test('of what cannot be run is answered with one error', async () => {
    await using socket = await open();
    for (const [script, code] of [
      ['no-such.sh', 'not_found'],
      ['../both.sh', 'not_found'],
    ] as const) {
      socket.send({ type: 'run', script });
      const [answer, ...more] = await socket.until(isEnd);
      expect([script, answer?.type, more]).toEqual([script, 'error', []]);
      expect([code, 'invalid', 'usage']).toContain(answer?.code);
      expect(answer?.message).toEqual(expect.any(String));
    }
    socket.send({ type: 'run', script: 'no-interpreter.sh' });
    const seen = await socket.until(isEnd);
    expect(['exit', 'error']).toContain(seen.at(-1)?.type);
  });

  test('goes on when the client leaves', async () => {
    const socket = await open();
    socket.send({ type: 'run', script: 'gated.sh' });
    const id = await started(socket);
    await socket.until(({ type }) => type === 'stdout');
    await socket[Symbol.asyncDispose]();
    writeFileSync(join(stage.paths.scriptsFolder, 'gated.sh.go'), '');
    expect(await stage.ended(id)).toMatchObject({ state: 'done', exitCode: 0 });
    expect(existsSync(join(stage.paths.scriptsFolder, 'gated.sh.done'))).toBe(true);
    expect(await stage.text(id)).toBe('before\nafter\n');
  });

  test('loses nothing for a client that reads slowly', async () => {
    await using socket = await open();
    socket.send({ type: 'run', script: 'many.sh' });
    const id = await started(socket);
    socket.stall();
    await stage.ended(id);
    socket.resume();
    const seen = await socket.until(isEnd);
    expect(seen.at(-1)).toMatchObject({ type: 'exit', code: 0 });
    const lines = dataOf(seen, 'stdout').trimEnd().split('\n');
    expect([lines.length, lines[0], lines.at(-2), lines.at(-1)]).toEqual([
      200_001,
      'line 1',
      'line 200000',
      'last',
    ]);
  });

  test('goes on over the death of torud', async () => {
    await using socket = await open();
    stage.write(
      'survives.sh',
      'echo before; while [ ! -e "$0.go" ]; do sleep 0.05; done; echo after; exit 5',
    );
    socket.send({ type: 'run', script: 'survives.sh' });
    await started(socket);
    await socket.until(({ type }) => type === 'stdout');
    await stage.rig.killAndRestart();
    writeFileSync(join(stage.paths.scriptsFolder, 'survives.sh.go'), '');
    const seen = await socket.until(isEnd);
    expect(dataOf(seen, 'stdout')).toBe('after\n');
    expect(seen.at(-1)).toMatchObject({ type: 'exit', code: 5 });
  });
});

describe('cancel', () => {
  test('ends what the client runs, and cancelled stands in the place of exit', async () => {
    await using socket = await open();
    socket.send({ type: 'run', script: 'sleeps.sh' });
    const task_id = await started(socket);
    await socket.until(({ type }) => type === 'stdout');
    socket.send({ type: 'cancel', task_id });
    expect((await socket.until(isEnd)).at(-1)).toEqual({ type: 'cancelled', task_id });
    expect(await stage.show(task_id)).toMatchObject({ state: 'cancelled' });
  });

  test('ends what began elsewhere', async () => {
    const { id: task_id } = await stage.run('sleeps.sh');
    await stage.untilOutput(task_id, 'begun');
    await using socket = await open();
    socket.send({ type: 'cancel', task_id });
    expect(await socket.until(isEnd)).toEqual([{ type: 'cancelled', task_id }]);
  });

  test('with force ends at once what does not listen', async () => {
    await using socket = await open();
    socket.send({ type: 'run', script: 'stubborn.sh' });
    const task_id = await started(socket);
    await socket.until(({ type }) => type === 'stdout');
    socket.send({ type: 'cancel', task_id, force: true });
    expect((await socket.until(isEnd)).at(-1)).toEqual({ type: 'cancelled', task_id });
  });

  test('of what waits in the queue is told as well', async () => {
    const first = await stage.run('sleeps.sh', { lock: 'one' });
    const second = await stage.run('sleeps.sh', { lock: 'one' });
    await using socket = await open();
    for (const { id: task_id } of [second, first]) {
      socket.send({ type: 'cancel', task_id });
      expect((await socket.until(isEnd)).at(-1)).toEqual({ type: 'cancelled', task_id });
    }
  });

  test('of what is none, or has ended, is answered with an error', async () => {
    await using socket = await open();
    const { id: task_id } = await stage.done('both.sh');
    socket.send({ type: 'cancel', task_id });
    expect(await socket.until(isEnd)).toMatchObject([{ type: 'error', task_id, code: 'conflict' }]);
    socket.send({ type: 'cancel', task_id: '00000000-dead' });
    expect(await socket.until(isEnd)).toMatchObject([
      { type: 'error', task_id: '00000000-dead', code: 'not_found' },
    ]);
  });
});

describe('who may', () => {
  test.each([
    ['view', ['*']],
    ['operate', ['talker']],
  ] as const)('role %s for %j runs and cancels nothing', async (role, plugins) => {
    const { id } = await stage.run('sleeps.sh');
    await using socket = await open(await tokenFor(plugins, role));
    socket.send({ type: 'run', script: 'both.sh' });
    expect(await socket.until(isEnd)).toMatchObject([{ type: 'error', code: 'denied' }]);
    socket.send({ type: 'cancel', task_id: id });
    expect(await socket.until(isEnd)).toMatchObject([{ type: 'error', code: 'denied', task_id: id }]);
    expect((await stage.show(id)).state).toBe('running');
    await stage.call('task.cancel', { id, force: true });
    expect((await admin.get('/api/audit')).text).toContain(
      '"action":"task.run","target":"both.sh","result":"denied"',
    );
  });

  test('more tasks than a client may wait for are busy', async () => {
    await using socket = await open();
    for (let count = 0; count <= MAX_RUNS; count += 1)
      socket.send({ type: 'run', script: 'sleeps.sh', args: [String(count)] });
    expect((await socket.until(isEnd)).at(-1)).toMatchObject({ type: 'error', code: 'busy' });
    for (const { id } of await stage.list({ states: ['running', 'queued'] }))
      await stage.call('task.cancel', { id, force: true });
  });
});

describe('subscriptions', () => {
  test('to tasks come whole first, then as they change', async () => {
    await using socket = await open();
    socket.send({ type: 'subscribe', id: 't', topic: 'tasks' });
    const first = await socket.until(({ type }) => type === 'live');
    expect(first.map(({ type }) => type)).toEqual(['subscribed', 'snapshot', 'live']);
    const { id } = await stage.done('both.sh', { args: ['watched'] });
    const isDone = ({ type, task }: ServerMessage): boolean =>
      type === 'task' && (task as Task).id === id && (task as Task).state === 'failed';
    const seen = await socket.until(isDone);
    expect(seen.at(-1)).toMatchObject({ id: 't', task: { args: ['watched'], exitCode: 3 } });
    await stage.rig.killAndRestart();
    const again = await socket.until(({ type }) => type === 'snapshot');
    expect(JSON.stringify(again.at(-1)?.tasks)).toContain(id);
  });

  test('to the output of a task end with it, and go on from a cursor', async () => {
    const { id: task_id } = await stage.done('both.sh');
    await using socket = await open();
    socket.send({ type: 'subscribe', id: 'o', topic: 'output', task_id });
    const seen = await socket.until(({ type }) => type === 'ended');
    expect(seen[0]).toEqual({ type: 'subscribed', id: 'o' });
    expect(seen.filter(({ type }) => type === 'output')).toMatchObject([{ cursor: '4' }, { cursor: '8' }]);
    expect(seen.at(-1)).toMatchObject({ id: 'o', task: { id: task_id, exitCode: 3 } });
    socket.send({ type: 'subscribe', id: 'o', topic: 'output', task_id, cursor: '4' });
    const rest = await socket.until(({ type }) => type === 'ended');
    expect(rest.filter(({ type }) => type === 'output')).toHaveLength(1);
    socket.send({ type: 'subscribe', id: 'x', topic: 'output', task_id: '00000000-dead' });
    expect((await socket.until(isEnd)).at(-1)).toMatchObject({ id: 'x', code: 'not_found' });
  });

  test('to tasks are not for a token of one plugin', async () => {
    const { id: task_id } = await stage.done('both.sh');
    await using socket = await open(await tokenFor(['talker'], 'admin'));
    for (const wanted of [{ topic: 'tasks' }, { topic: 'output', task_id }]) {
      socket.send({ type: 'subscribe', id: 't', ...wanted });
      expect(await socket.until(isEnd)).toMatchObject([{ type: 'error', id: 't', code: 'denied' }]);
    }
  });

  test('to the logs of several plugins come merged, and on', async () => {
    for (const id of ['one', 'two'])
      await writePlugin(stage.paths, { id, script: `#!/bin/sh\necho "here is ${id}"\nexec sleep 300\n` });
    await stage.call('plugin.scan');
    await stage.stage.act('start', 'one');
    await stage.stage.untilLine('one', 'here is one');
    await using socket = await open();
    socket.send({ type: 'subscribe', id: 'l', topic: 'logs', plugins: [] });
    const before = await socket.until(({ type }) => type === 'live');
    expect(JSON.stringify(before)).toContain('here is one');
    await stage.stage.act('start', 'two');
    const seen = await socket.until((message) => JSON.stringify(message).includes('here is two'));
    const { cursor } = seen.at(-1) ?? {};
    await stage.stage.act('restart', 'one');
    socket.send({ type: 'subscribe', id: 'm', topic: 'logs', plugins: ['one', 'two'], cursor });
    const rest = await socket.until(
      (message) => message.id === 'm' && JSON.stringify(message).includes('here is one'),
    );
    expect(JSON.stringify(rest.filter(({ id }) => id === 'm'))).not.toContain('here is two');
    socket.send({ type: 'subscribe', id: 'n', topic: 'logs', plugins: ['one', 'nope'] });
    expect((await socket.until(isEnd)).at(-1)).toMatchObject({ id: 'n', code: 'not_found' });
  });
});
