/** The control server's side of PROTOCOL.md, section 2, over a real socket. */

import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Handlers } from '../../src/daemon/control/handlers/table.ts';
import { MAX_CONNECTIONS, MAX_CONTROL_LINE_BYTES } from '../../src/protocol/control/envelope.ts';
import { errorBody } from '../../src/protocol/errors.ts';
import { failure, success } from '../../src/protocol/result.ts';
import { connectControl, openControl } from '../rig/control-connection.ts';
import { startServer } from '../rig/control-server.ts';

const list: Partial<Handlers> = {
  'plugin.list': async () => success({ plugins: [], errors: [] }),
};

/** A stream that gives an item for each call of `emit`, and ends when it is cancelled. */
function ticker(): {
  readonly handlers: Partial<Handlers>;
  readonly state: { ended: number; started: number };
} {
  const state = { ended: 0, started: 0 };
  return {
    state,
    handlers: {
      'event.read': async function* (_params, _caller, signal) {
        state.started++;
        try {
          yield { events: [] };
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          return success({});
        } finally {
          state.ended++;
        }
      },
    },
  };
}

test('hello is answered with a welcome that says who the caller is to the daemon', async () => {
  await using rig = await startServer(list);
  await using client = await connectControl(rig.socketPath);
  expect(await client.hello()).toEqual({
    welcome: {
      protocol: 1,
      daemon: expect.stringMatching(/^torud\//),
      instanceId: '00000000-0000-4000-8000-000000000000',
      capabilities: expect.arrayContaining(['plugins', 'logs', 'watch']),
      role: 'admin',
    },
  });
});

test('the socket is 0660 from the moment it can be connected to', async () => {
  await using rig = await startServer(list);
  expect(statSync(rig.socketPath).mode & 0o777).toBe(0o660);
});

test('a client of another protocol is told so and closed', async () => {
  await using rig = await startServer(list);
  await using client = await connectControl(rig.socketPath);
  client.send({ hello: { protocol: 7, client: 'x' } });
  expect(await client.nextFrame()).toMatchObject({
    error: { code: 'protocol_mismatch', message: expect.stringContaining('7') },
  });
  await client.closed;
});

test.each(['{"id":1,"method":"plugin.list"}', 'null', '5', '[]', 'not json', '', '{"hello":3}'])(
  'a first line that is no hello (%s) gets one usage error, and the connection is closed',
  async (line) => {
    await using rig = await startServer(list);
    await using client = await connectControl(rig.socketPath);
    client.sendRaw(`${line}\n`);
    expect(await client.nextFrame()).toMatchObject({ error: { code: 'usage' } });
    await client.closed;
    expect(client.unread).toEqual([]);
  },
);

test('a client that says nothing for 5 s is closed with a usage error', async () => {
  await using rig = await startServer(list);
  await using client = await connectControl(rig.socketPath);
  await using greeted = await openControl(rig.socketPath);
  rig.clock.advance(4_999);
  expect(client.isOpen).toBe(true);
  rig.clock.advance(1);
  expect(await client.nextFrame()).toMatchObject({
    error: { code: 'usage', message: expect.stringContaining('5 s') },
  });
  await client.closed;
  expect(await greeted.request(1, 'plugin.list')).toEqual({ id: 1, result: { plugins: [], errors: [] } });
});

test.each([
  ['null', 'one JSON object'],
  ['5', 'one JSON object'],
  ['[]', 'one JSON object'],
  ['{"id":1', 'one JSON object'],
  ['{}', 'id is missing'],
  ['{"id":"1","method":"plugin.list"}', 'id must be'],
  ['{"id":-1,"method":"plugin.list"}', 'id must be'],
  ['{"id":1e300,"method":"plugin.list"}', 'id must be'],
  ['{"id":1.5,"method":"plugin.list"}', 'id must be'],
])(
  'a line without a usable id (%s) gets one usage error without an id, then the end',
  async (line, message) => {
    await using rig = await startServer(list);
    await using client = await openControl(rig.socketPath);
    client.sendRaw(`${line}\n{"id":2,"method":"plugin.list"}\n`);
    const answer = await client.nextFrame();
    expect(answer).toMatchObject({ error: { code: 'usage', message: expect.stringContaining(message) } });
    expect(answer).not.toHaveProperty('id');
    await client.closed;
    expect(client.unread).toEqual([]);
  },
);

test.each([
  ['{"id":1,"method":"plugin.fly"}', 'no method "plugin.fly"'],
  ['{"id":1,"method":"toString"}', 'no method "toString"'],
  ['{"id":1,"method":"__proto__"}', 'no method "__proto__"'],
  ['{"id":1}', 'method is missing'],
  ['{"id":1,"method":5}', 'method is missing'],
  ['{"id":1,"method":"plugin.list","params":5}', 'params must be an object'],
  ['{"id":1,"method":"plugin.list","params":null}', 'params must be an object'],
  ['{"id":1,"method":"plugin.list","params":[]}', 'params must be an object'],
  ['{"id":1,"method":"plugin.list","params":{"names":[1]}}', 'names[0] must be a string'],
  ['{"id":1,"method":"plugin.list","params":{"states":["up"]}}', 'states[0] must be one of stopped'],
  [
    '{"id":1,"method":"plugin.start","params":{"names":["a"],"timeoutMs":-1}}',
    'timeoutMs must be at least 0',
  ],
])(
  'a wrong request with an id (%s) gets one usage error, and the connection goes on',
  async (line, message) => {
    await using rig = await startServer(list);
    await using client = await openControl(rig.socketPath);
    client.sendRaw(`${line}\n`);
    expect(await client.nextFrame()).toMatchObject({
      id: 1,
      error: { code: 'usage', message: expect.stringContaining(message) },
    });
    expect(await client.request(2, 'plugin.list', { unknownKey: [1, 2] })).toMatchObject({
      id: 2,
      result: {},
    });
  },
);

test('an id that is in flight already ends both requests and the connection with one error', async () => {
  const { handlers, state } = ticker();
  await using rig = await startServer(handlers);
  await using client = await openControl(rig.socketPath);
  client.send({ id: 1, method: 'event.read', params: {} });
  expect(await client.nextFrame()).toEqual({ id: 1, item: { events: [] } });
  client.send({ id: 1, method: 'event.read', params: {} });
  expect(await client.nextFrame()).toMatchObject({
    id: 1,
    error: { code: 'usage', message: expect.stringContaining('in flight') },
  });
  await client.closed;
  expect(client.unread).toEqual([]);
  expect(state).toEqual({ started: 1, ended: 1 });
});

test('an id may be used again once it was answered', async () => {
  await using rig = await startServer(list);
  await using client = await openControl(rig.socketPath);
  for (let round = 0; round < 3; round++) {
    expect(await client.request(1, 'plugin.list')).toMatchObject({ id: 1, result: {} });
  }
});

test('a line as long as the limit is taken, one byte more is refused with too_large', async () => {
  const handlers: Partial<Handlers> = {
    'kv.set': async ({ value }) => success({ version: value.length }),
  };
  await using rig = await startServer(handlers);
  await using client = await openControl(rig.socketPath);
  const frame = (length: number): string =>
    JSON.stringify({ id: 1, method: 'kv.set', params: { plugin: 'a', key: 'k', value: 'x'.repeat(length) } });
  const longest = MAX_CONTROL_LINE_BYTES - frame(0).length;
  client.sendRaw(`${frame(longest)}\n`);
  expect(await client.nextFrame()).toEqual({ id: 1, result: { version: longest } });
  client.sendRaw(`${frame(longest + 1)}\n`);
  const answer = await client.nextFrame();
  expect(answer).toMatchObject({ error: { code: 'too_large' } });
  expect(answer).not.toHaveProperty('id');
  await client.closed;
});

test('a long line of nothing but brackets is refused before it is parsed', async () => {
  await using rig = await startServer(list);
  await using client = await openControl(rig.socketPath);
  client.sendRaw(
    `{"id":1,"method":"plugin.list","params":{"x":${'['.repeat(400_000)}${']'.repeat(400_000)}}}\n`,
  );
  expect(await client.nextFrame()).toMatchObject({ error: { code: 'too_large' } });
  await client.closed;
});

test('a stream is ended by cancel, with its end; cancelling what is not there does nothing', async () => {
  const { handlers, state } = ticker();
  await using rig = await startServer({ ...handlers, ...list });
  await using client = await openControl(rig.socketPath);
  client.send({ id: 9, cancel: true });
  client.send({ id: 1, method: 'event.read', params: {} });
  expect(await client.nextFrame()).toEqual({ id: 1, item: { events: [] } });
  client.send({ id: 1, cancel: true });
  expect(await client.nextFrame()).toEqual({ id: 1, end: {} });
  expect(state.ended).toBe(1);
  expect(await client.request(1, 'plugin.list')).toMatchObject({ id: 1, result: {} });
});

test('a client that leaves ends its streams', async () => {
  const ended = Promise.withResolvers<void>();
  await using rig = await startServer({
    'event.read': async function* (_params, _caller, signal) {
      yield { events: [] };
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      ended.resolve();
      return success({});
    },
  });
  await using client = await openControl(rig.socketPath);
  client.send({ id: 1, method: 'event.read', params: {} });
  await client.nextFrame();
  client.close();
  await ended.promise;
});

test('what a handler throws is one internal error to its client and one line in the log', async () => {
  await using rig = await startServer({
    'plugin.list': async () => {
      throw new TypeError('oops\n    at secret');
    },
    // biome-ignore lint/correctness/useYield: it throws before it yields
    'event.read': async function* () {
      throw new TypeError('oops');
    },
  });
  await using client = await openControl(rig.socketPath);
  const answer = await client.request(1, 'plugin.list');
  expect(answer).toMatchObject({ id: 1, error: { code: 'internal' } });
  expect(JSON.stringify(answer)).not.toContain('oops');
  expect(await client.request(2, 'event.read')).toMatchObject({ id: 2, error: { code: 'internal' } });
  expect(rig.log.filter((row) => row.event === 'control-fault')).toHaveLength(2);
});

test('the 1,025th request in flight is answered busy, and one more fits after a cancel', async () => {
  const { handlers } = ticker();
  await using rig = await startServer(handlers);
  await using client = await openControl(rig.socketPath);
  const requests = Array.from(
    { length: 1025 },
    (_, id) => `{"id":${id},"method":"event.read","params":{}}\n`,
  );
  client.sendRaw(requests.join(''));
  const busy = [];
  for (let answers = 0; answers < 1025; answers++) {
    const frame = await client.nextFrame();
    if (frame?.error !== undefined) busy.push(frame);
  }
  expect(busy).toMatchObject([{ id: 1024, error: { code: 'busy' } }]);
  client.send({ id: 5, cancel: true });
  expect(await client.nextFrame()).toEqual({ id: 5, end: {} });
  client.send({ id: 5, method: 'event.read', params: {} });
  expect(await client.nextFrame()).toEqual({ id: 5, item: { events: [] } });
});

test('the 257th connection is told busy and closed; a place that becomes free can be taken', async () => {
  await using rig = await startServer(list);
  await using stack = new AsyncDisposableStack();
  const clients = [];
  for (let count = 0; count < MAX_CONNECTIONS; count++)
    clients.push(stack.use(await openControl(rig.socketPath)));
  for (let count = 0; count < 44; count++) {
    const refused = stack.use(await connectControl(rig.socketPath));
    refused.send({ hello: { protocol: 1, client: 'late' } });
    expect(await refused.nextFrame()).toMatchObject({ error: { code: 'busy' } });
    await refused.closed;
  }
  const [first, second] = clients;
  expect(await second?.request(1, 'plugin.list')).toMatchObject({ id: 1, result: {} });
  first?.close();
  await first?.closed;
  await second?.request(2, 'plugin.list');
  const late = stack.use(await openControl(rig.socketPath));
  expect(await late.request(1, 'plugin.list')).toMatchObject({ id: 1, result: {} });
});

test('close ends streams with unavailable after the answers that were ready, and removes the socket', async () => {
  const { handlers } = ticker();
  const rig = await startServer({ ...handlers, 'daemon.stop': async () => success({}) });
  await using client = await openControl(rig.socketPath);
  client.send({ id: 1, method: 'event.read', params: {} });
  expect(await client.nextFrame()).toMatchObject({ id: 1, item: {} });
  expect(await client.request(2, 'daemon.stop')).toEqual({ id: 2, result: {} });
  await rig.server.close();
  expect(await client.nextFrame()).toMatchObject({ id: 1, error: { code: 'unavailable' } });
  expect(await client.nextFrame()).toMatchObject({ error: { code: 'unavailable' } });
  await client.closed;
  expect(() => statSync(rig.socketPath)).toThrow(/ENOENT/);
  await rig[Symbol.asyncDispose]();
});

test('an answer that is given while the server closes still gets out', async () => {
  const rig = await startServer({
    'daemon.stop': async () => {
      closing = rig.server.close();
      return success({});
    },
  });
  let closing: Promise<void> | undefined;
  await using client = await openControl(rig.socketPath);
  expect(await client.request(1, 'daemon.stop')).toEqual({ id: 1, result: {} });
  await client.closed;
  await closing;
  await rig[Symbol.asyncDispose]();
});

test("without the kernel's word the socket is 0600, and daemon status can say why", async () => {
  await using rig = await startServer(list, { loadCredentials: async () => failure('no koffi') });
  expect(statSync(rig.socketPath).mode & 0o777).toBe(0o600);
  expect(rig.server.problems()).toEqual([expect.stringContaining('no koffi')]);
  await using client = await openControl(rig.socketPath);
  expect(await client.request(1, 'plugin.list')).toMatchObject({ result: {} });
});

test('a caller below the needed role is denied, and that is logged and audited once a connection', async () => {
  const stranger = { pid: 1, uid: 4_000_000_000, gid: 4_000_000_000, groups: [] };
  await using rig = await startServer(
    { 'plugin.start': async () => failure(errorBody('internal', 'must not run')), ...list },
    { loadCredentials: async () => success(() => stranger) },
  );
  await using client = await openControl(rig.socketPath);
  for (const id of [1, 2, 3]) {
    expect(await client.request(id, 'plugin.start', { names: ['web'] })).toMatchObject({
      id,
      error: { code: 'denied', message: expect.stringContaining('plugin.start needs operate') },
    });
  }
  expect(await client.request(4, 'plugin.list')).toMatchObject({ id: 4, result: {} });
  expect(rig.log.filter((row) => row.event === 'denied')).toHaveLength(1);
  expect(rig.audit).toMatchObject([
    {
      method: 'plugin.start',
      actor: { uid: 4_000_000_000 },
      params: { names: ['web'] },
      result: { error: { code: 'denied' } },
    },
  ]);
});

test('the caller is who the kernel says', async () => {
  const seen: unknown[] = [];
  await using rig = await startServer({
    'plugin.list': async (_params, caller) => {
      seen.push(caller.actor);
      return success({ plugins: [], errors: [] });
    },
  });
  await using client = await openControl(rig.socketPath);
  await client.request(1, 'plugin.list');
  expect(seen).toEqual([
    expect.objectContaining({
      kind: 'user',
      uid: process.getuid?.(),
      gid: process.getgid?.(),
      pid: process.pid,
    }),
  ]);
});

test('each change is audited once, by its handler or when it has answered; questions are not', async () => {
  await using rig = await startServer({
    ...list,
    'plugin.start': async (_params, _caller, context) => {
      context.recordChange([{ plugin: 'web', changed: true }]);
      return success({ outcomes: [] });
    },
    'kv.set': async () => failure(errorBody('too_large', 'the store is full')),
  });
  await using client = await openControl(rig.socketPath);
  await client.request(1, 'plugin.list');
  await client.request(2, 'plugin.start', { names: ['web'] });
  await client.request(3, 'kv.set', { plugin: 'web', key: 'k', value: 'v' });
  expect(rig.audit).toEqual([
    {
      actor: expect.objectContaining({ kind: 'user', pid: process.pid }),
      method: 'plugin.start',
      params: { names: ['web'] },
      result: [{ plugin: 'web', changed: true }],
    },
    expect.objectContaining({
      method: 'kv.set',
      result: { error: { code: 'too_large', message: 'the store is full' } },
    }),
  ]);
});
