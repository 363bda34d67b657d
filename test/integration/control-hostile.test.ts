/** Clients that mean harm, or are broken, against a control server in a process of its own: memory, and service of others. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlConnection, connectControl, openControl } from '../rig/control-connection.ts';

const PROGRAM = fileURLToPath(new URL('../rig/control-server-process.ts', import.meta.url));
const ALLOWED_GROWTH_BYTES = 20 * 1024 * 1024;

interface Figures {
  readonly residentBytes: number;
  readonly peakBytes: number;
  readonly liveBytes: number;
  readonly connections: number;
  readonly stalled: number;
  readonly faults: number;
}

let child: ChildProcess;
let socketPath: string;
let honest: ControlConnection;
let lastId = 0;

beforeAll(async () => {
  child = fork(PROGRAM, {
    execArgv: ['--expose-gc', '--no-warnings', '--max-semi-space-size=1'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [ready] = (await once(child, 'message')) as [{ readonly socketPath: string }];
  socketPath = ready.socketPath;
  honest = await openControl(socketPath);
  await beServed(200);
});

afterAll(async () => {
  honest.close();
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
});

/** Asks for lists as a well-behaved client does, one after the other. */
async function beServed(times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    const answer = await honest.request(++lastId, 'plugin.list');
    expect(answer).toHaveProperty('result.plugins.99.id', 'plugin-99');
  }
}

async function figures(question: 'mark' | 'look' | 'settle'): Promise<Figures> {
  child.send(question);
  const [answer] = (await once(child, 'message')) as [Figures];
  return answer;
}

/** Runs an attack while the honest client goes on, and holds the server to what it may grow by. */
async function endure(attack: (stack: AsyncDisposableStack) => Promise<void>): Promise<Figures> {
  const before = await figures('mark');
  {
    await using stack = new AsyncDisposableStack();
    await Promise.all([attack(stack), beServed(30)]);
    await beServed(30);
    const during = await figures('look');
    expect(during.peakBytes - before.residentBytes).toBeLessThan(ALLOWED_GROWTH_BYTES);
  }
  await beServed(30);
  // Two collections: the first finds the sockets dead, the second what they held.
  await figures('settle');
  const after = await figures('settle');
  expect(after.faults).toBe(0);
  expect(after.connections).toBe(1);
  expect(after.liveBytes - before.liveBytes).toBeLessThan(2 * 1024 * 1024);
  return after;
}

async function many(
  stack: AsyncDisposableStack,
  count: number,
  open: (path: string) => Promise<ControlConnection> = openControl,
): Promise<readonly ControlConnection[]> {
  const clients: ControlConnection[] = [];
  for (let index = 0; index < count; index++) clients.push(stack.use(await open(socketPath)));
  return clients;
}

test('100 MB without a newline cost the sender its connection, and nobody else anything', async () => {
  await endure(async (stack) => {
    const clients = await many(stack, 3);
    const piece = Buffer.alloc(64 * 1024, 'a');
    await Promise.all(
      clients.map(async (client) => {
        for (let sent = 0; sent < 100 * 1024 * 1024 && client.isOpen; sent += piece.length) {
          client.sendRaw(piece);
          await new Promise((resolve) => setImmediate(resolve));
        }
        expect(await client.nextFrame()).toMatchObject({ error: { code: 'too_large' } });
        await client.closed;
      }),
    );
  });
});

test('300 connections with half a frame each', async () => {
  await endure(async (stack) => {
    const clients = await many(stack, 300, connectControl);
    for (const client of clients) client.sendRaw('{"hello":{"protocol":1,"client":"hal');
    const late = clients.slice(255);
    for (const client of late) expect(await client.nextFrame()).toMatchObject({ error: { code: 'busy' } });
    expect(clients.slice(0, 255).every((client) => client.isOpen)).toBe(true);
  });
});

test('200 clients that each hold 100 KB of an unfinished line', async () => {
  await endure(async (stack) => {
    const clients = await many(stack, 200);
    for (const client of clients) client.sendRaw(Buffer.alloc(100_000, 'a'));
    // Those that stand still for longest have to go, and are told.
    expect(await clients[0]?.nextFrame()).toMatchObject({ error: { code: 'busy' } });
  });
});

test('200 clients that ask for a thousand lists each and read none of them', async () => {
  await endure(async (stack) => {
    const clients = await many(stack, 200);
    const requests = Array.from({ length: 1000 }, (_, id) => `{"id":${id},"method":"plugin.list"}\n`).join(
      '',
    );
    for (const client of clients) {
      client.stall();
      client.sendRaw(requests);
    }
  });
});

test('100 clients that follow endless logs and do not read', async () => {
  await endure(async (stack) => {
    const clients = await many(stack, 100);
    for (const client of clients) {
      client.stall();
      for (const id of [1, 2, 3]) client.send({ id, method: 'log.read', params: {} });
    }
  });
});

test('200 clients with 100 streams each: over the common limit they are told busy', async () => {
  await endure(async (stack) => {
    const clients = await many(stack, 200);
    const requests = Array.from({ length: 100 }, (_, id) => `{"id":${id},"method":"event.read"}\n`).join('');
    for (const client of clients) client.sendRaw(requests);
    let busy = 0;
    for (const client of clients) {
      for (let answers = 0; answers < 100; answers++)
        if ((await client.nextFrame())?.error !== undefined) busy++;
    }
    expect(busy).toBe(200 * 100 - 4096);
  });
});

test('a reader that was slow and reads on gets every answer, in order', async () => {
  await using client = await openControl(socketPath);
  client.stall();
  const count = 300;
  client.sendRaw(Array.from({ length: count }, (_, id) => `{"id":${id},"method":"plugin.list"}\n`).join(''));
  await beServed(20);
  client.resume();
  for (let id = 0; id < count; id++) expect((await client.nextFrame())?.id).toBe(id);
});
