/** Arbitrary bytes against the control server: it answers no request twice, closes or goes on, and never falls over. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Handlers } from '../../src/daemon/control/handlers/table.ts';
import { success } from '../../src/protocol/result.ts';
import {
  type ControlConnection,
  connectControl,
  type Frame,
  openControl,
} from '../rig/control-connection.ts';
import { type ServerRig, startServer } from '../rig/control-server.ts';

const SEED = Number(process.env.FC_SEED ?? Date.now() & 0x7fffffff);
console.info(`fast-check seed ${SEED}`);

const LAST_ID = 1_000_000;

const handlers: Partial<Handlers> = {
  'plugin.list': async () => success({ plugins: [], errors: [] }),
  'plugin.show': async () => {
    throw new Error('a fault');
  },
  'event.read': async function* (_params, _caller, signal) {
    yield { events: [] };
    if (!signal.aborted) yield { events: [] };
    return success({});
  },
};

const id = fc.oneof(fc.nat({ max: 20 }), fc.constantFrom(-1, 1.5, 2 ** 53, '1', null, true));
const method = fc.oneof(
  fc.constantFrom('plugin.list', 'event.read', 'plugin.show', 'plugin.fly', '__proto__'),
  fc.string(),
  fc.constantFrom(5, null),
);
const request = fc.record({ id, method, params: fc.jsonValue() }, { requiredKeys: [] });
const line = fc.oneof(
  { weight: 6, arbitrary: request.map((value) => `${JSON.stringify(value)}\n`) },
  { weight: 2, arbitrary: id.map((value) => `${JSON.stringify({ id: value, cancel: true })}\n`) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.constantFrom('null\n', '5\n', '[]\n', '\n', '{"id":1', '\0\n', '{}\n') },
);
const bytes = fc
  .tuple(fc.array(line, { maxLength: 30 }), fc.array(fc.nat({ max: 400 }), { maxLength: 5 }))
  .map(([lines, cuts]) => cutAt(Buffer.from(lines.join('')), cuts));

function cutAt(whole: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const places = [
    0,
    ...cuts.filter((cut) => cut < whole.length).sort((one, other) => one - other),
    whole.length,
  ];
  return places.slice(1).map((end, index) => whole.subarray(places[index], end));
}

/** All frames up to the answer of the last request, or to the end of the connection. */
async function framesUntilDone(client: ControlConnection): Promise<readonly Frame[]> {
  const frames: Frame[] = [];
  for (let frame = await client.nextFrame(); frame !== undefined; frame = await client.nextFrame()) {
    frames.push(frame);
    if (frame.id === LAST_ID) break;
  }
  return frames;
}

async function sendAll(client: ControlConnection, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) {
    client.sendRaw(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  client.sendRaw(`\n${JSON.stringify({ id: LAST_ID, method: 'plugin.list' })}\n`);
}

/** Well-formed requests of what was sent, by id: an upper bound of the answers. */
function requestsById(pieces: readonly Buffer[]): ReadonlyMap<unknown, number> {
  const counts = new Map<unknown, number>([[LAST_ID, 1]]);
  for (const text of Buffer.concat(pieces).toString('utf8').split('\n')) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      continue;
    }
    if (typeof value === 'object' && value !== null && 'id' in value && !('cancel' in value)) {
      counts.set(value.id, (counts.get(value.id) ?? 0) + 1);
    }
  }
  return counts;
}

async function attack(rig: ServerRig, open: typeof openControl, pieces: readonly Buffer[]): Promise<void> {
  await using client = await open(rig.socketPath);
  await sendAll(client, pieces);
  const frames = await framesUntilDone(client);
  const asked = requestsById(pieces);
  const answers = new Map<unknown, number>();
  let withoutId = 0;
  for (const frame of frames) {
    if ('item' in frame || 'welcome' in frame) continue;
    if (!('id' in frame)) withoutId++;
    else answers.set(frame.id, (answers.get(frame.id) ?? 0) + 1);
  }
  expect(withoutId).toBeLessThanOrEqual(1);
  for (const [answered, count] of answers) expect(count).toBeLessThanOrEqual(asked.get(answered) ?? 0);
  // Either the last request was answered, or the connection was closed over what came before it.
  expect(frames.at(-1)?.id === LAST_ID || !client.isOpen).toBe(true);
}

test('after a hello, whatever comes is answered at most once a request', async () => {
  await using rig = await startServer(handlers);
  await fc.assert(
    fc.asyncProperty(bytes, (pieces) => attack(rig, openControl, pieces)),
    { seed: SEED, numRuns: 300 },
  );
  await using client = await openControl(rig.socketPath);
  expect(await client.request(1, 'plugin.list')).toMatchObject({ result: {} });
  expect(rig.log.filter((row) => row.event === 'control-fault' && row.fields?.method === undefined)).toEqual(
    [],
  );
});

test('without a hello, whatever comes is answered with one error at most', async () => {
  await using rig = await startServer(handlers);
  await fc.assert(
    fc.asyncProperty(bytes, (pieces) => attack(rig, connectControl, pieces)),
    { seed: SEED, numRuns: 100 },
  );
  await using client = await openControl(rig.socketPath);
  expect(await client.request(1, 'plugin.list')).toMatchObject({ result: {} });
});
