/** The example plugins that speak the protocol, held to what every plugin owes torud. */

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PLUGIN_ID_PATTERN } from '../../src/protocol/plugin/metadata.ts';
import { bundlePlugin } from '../rig/plugin-bundle.ts';
import type { Message, PluginPeer } from '../rig/plugin-peer.ts';
import { CHECKOUT } from '../rig/programs.ts';
import { ScriptedCore } from '../rig/scripted-core.ts';

let folder: string;
let core: ScriptedCore | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toru-examples-'));
  for (const id of ['clock', 'hello', 'du-watch', 'flaky']) {
    await cp(join(CHECKOUT, 'plugins', id), join(folder, id), { recursive: true });
  }
  await bundlePlugin('plugins/hello/hello.ts', join(folder, 'hello', 'hello.cjs'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

afterEach(async () => {
  await core?.dispose();
  core = undefined;
});

async function start(id: string, config: Record<string, unknown> = {}): Promise<ScriptedCore> {
  core = await ScriptedCore.start({ plugin: join(folder, id), config });
  return core;
}

const isKvSet = ({ type, payload }: Message) => type === 'kv' && payload.op === 'set';
const get = (path: string) => ({ method: 'GET', path, query: {}, headers: {} });

/** What clock and du-watch store by themselves, waited for on a peer whose `init` is still to come. */
async function initUntilStored(started: ScriptedCore): Promise<PluginPeer> {
  const peer = await started.connect();
  const stored = peer.next(isKvSet);
  await peer.request('lifecycle', started.initPayload());
  await stored;
  return peer;
}

describe.each(['clock', 'hello', 'du-watch', 'flaky'])('%s', (id) => {
  it('prints its metadata and exits 0', async () => {
    const program = { clock: 'clock.py', hello: 'hello.cjs', flaky: 'flaky.py' }[id] ?? id;
    core = await ScriptedCore.start({
      command: [join(folder, id, program), '--metadata'],
      transport: 'none',
    });
    expect(await core.ended).toEqual({ code: 0, signal: null });
    const metadata = JSON.parse(core.output) as Record<string, unknown>;
    expect(metadata).toMatchObject({ id, version: '1.0.0', protocol: 1, command: [program] });
    expect(metadata.id).toMatch(PLUGIN_ID_PATTERN);
  });

  it('answers health, and an unknown type with unknown_type, unknown fields notwithstanding', async () => {
    const peer = await (await start(id)).init();
    expect(await peer.request('health', { later: [] }, { extra: { type: 'x' } })).toMatchObject({
      status: 'healthy',
    });
    expect(await peer.request('weather', { type: 'health' })).toMatchObject({
      error: { code: 'unknown_type' },
    });
    expect(await peer.request('lifecycle', { action: 'dance' })).toMatchObject({
      error: { code: 'unknown_type' },
    });
  });

  it('finds its way in an envelope of any order and with any spaces', async () => {
    const peer = await (await start(id)).init();
    const answer = peer.next(({ request_id }) => request_id === 'a"\\}1');
    peer.sendBytes(
      '{ "payload" : {"x":{"type":"http","request_id":"2"},"l":[1,{"type":"kv"}],"t":"\\"}{,"}, "request_id":"a\\"\\\\}1" , "type" : "health" }\n',
    );
    expect(await answer).toMatchObject({ type: 'health', payload: { status: 'healthy' } });
  });

  it('ends with 0 after shutdown', async () => {
    const started = await start(id);
    expect(await started.shutdown(await started.init())).toEqual({ code: 0, signal: null });
  });

  it('ends with 0 after SIGTERM', async () => {
    const started = await start(id);
    await started.init();
    started.process.kill('SIGTERM');
    expect(await started.ended).toEqual({ code: 0, signal: null });
  });

  it('answers the init of a restarted torud', async () => {
    const started = await start(id);
    const first = await started.init();
    if (id !== 'du-watch') first.close();
    const second = await started.init(true);
    expect(await second.request('health')).toMatchObject({ status: 'healthy' });
  });
});

describe.each(['clock', 'hello', 'flaky'])('%s, on its socket', (id) => {
  it('serves several connections, and loses only the one that talks nonsense', async () => {
    const started = await start(id);
    const peer = await started.init();
    const stranger = await started.connect();
    stranger.sendBytes('nonsense\n');
    await stranger.closed;
    const other = await started.connect();
    expect(await Promise.all([peer.request('health'), other.request('health')])).toMatchObject([
      { status: 'healthy' },
      { status: 'healthy' },
    ]);
  });
});

describe('clock', () => {
  const HOUR = { tick_seconds: 3_600 };

  it('goes on counting where the run before it ended', async () => {
    const started = await start('clock', HOUR);
    started.store.values.set('ticks', { value: '41', version: 9 });
    const peer = await initUntilStored(started);
    expect(started.store.values.get('ticks')).toEqual({ value: '42', version: 10 });
    const answer = await peer.request('http', get('/clock'));
    expect(JSON.parse(String(answer.body))).toMatchObject({ count: 42 });
    expect(await peer.request('http', get('/other'))).toMatchObject({ status: 404 });
  });

  it('ticks again and again', async () => {
    const started = await start('clock', { tick_seconds: 0.001 });
    const peer = await initUntilStored(started);
    await peer.next((message) => isKvSet(message) && message.payload.value === '3');
  });

  it('does not tick anew when it is taken over, and asks again for what was not answered', async () => {
    const started = await start('clock', HOUR);
    const first = await started.connect();
    first.servesKv = false;
    const asked = first.next(({ type }) => type === 'kv');
    await first.request('lifecycle', started.initPayload());
    await asked;
    first.close();
    const second = await started.connect();
    const stored = second.next(isKvSet);
    await second.request('lifecycle', started.initPayload(true));
    await stored;
    await started.init(true);
    expect(started.store.values.get('ticks')).toEqual({ value: '1', version: 1 });
  });

  it('refuses settings that make no sense', async () => {
    const peer = await (await start('clock', { tick_seconds: 'often' })).connect();
    const answer = await peer.request('lifecycle', core?.initPayload());
    expect(answer).toMatchObject({ error: { code: 'invalid' } });
  });

  it('answers a line over the limit with one error and closes', async () => {
    const peer = await (await start('clock')).connect();
    peer.sendBytes('x'.repeat(3 * 1024 * 1024));
    await peer.closed;
    expect(peer.messages).toMatchObject([{ type: 'error', payload: { error: { code: 'too_large' } } }]);
  });
});

describe('hello', () => {
  it('counts every visit once, however many come together', async () => {
    const started = await start('hello', { name: 'Ada' });
    const peer = await started.init();
    const answers = await Promise.all(Array.from({ length: 20 }, () => peer.request('http', get('/hello'))));
    expect(answers.map(({ body }) => body)).toEqual(
      answers.map((_, index) => `Hello, Ada. You are visitor ${index + 1}.\n`),
    );
    expect(started.store.values.get('visits')).toEqual({ value: '20', version: 20 });
  });

  it('tells the count, and adds to it by POST alone', async () => {
    const started = await start('hello');
    const peer = await started.init();
    const visits = async (method: string) => {
      const { status, body } = await peer.request('http', { ...get('/hello/visits'), method });
      return [status, body];
    };
    expect(await visits('GET')).toEqual([200, '{"visits":0}\n']);
    expect(await visits('POST')).toEqual([200, '{"visits":1}\n']);
    expect(await visits('GET')).toEqual([200, '{"visits":1}\n']);
    expect(await visits('DELETE')).toEqual([405, 'GET or POST.\n']);
    expect(await peer.request('http', get('/hello/other'))).toMatchObject({ status: 404 });
  });

  it('counts clicks apart from visits, and greets who is named without counting', async () => {
    const started = await start('hello');
    const peer = await started.init();
    const ask = async (method: string, path: string, query: unknown = {}) =>
      (await peer.request('http', { ...get(path), method, query })).body;
    expect(await ask('POST', '/hello/clicks')).toBe('{"clicks":1}\n');
    expect(await ask('GET', '/hello/greeting', { name: ' Grace ' })).toBe('Hello, Grace.\n');
    expect(await ask('GET', '/hello/greeting', 'name=')).toBe('Hello, world.\n');
    expect(await ask('GET', '/hello/', `name=${'n'.repeat(200)}`)).toMatch(
      /^Hello, n{80}\. You are visitor 1\./,
    );
    expect(await ask('GET', '/hello/clicks/')).toBe('{"clicks":1}\n');
  });

  it('greets also while the store refuses', async () => {
    const started = await start('hello');
    const peer = await started.init();
    peer.servesKv = false;
    const asked = peer.next(({ type }) => type === 'kv');
    const greeting = peer.request('http', get('/hello'));
    peer.send({ ...(await asked), payload: { error: { code: 'unavailable', message: 'disk full' } } });
    expect(await greeting).toMatchObject({ body: 'Hello, world. This visit could not be counted.\n' });
    await started.outputMatches(/<4>a visit was not counted: disk full/);
  });
});

describe('du-watch', () => {
  it('stores and logs what the folder takes, and warns above the limit', async () => {
    const watched = join(folder, 'a "watched" folder');
    await cp(join(folder, 'clock'), watched, { recursive: true });
    await writeFile(join(watched, 'ballast'), Buffer.alloc(256 * 1024, 'x'));
    const started = await start('du-watch', { folder: watched, warn_kib: 100 });
    const peer = await initUntilStored(started);
    expect(Number(started.store.values.get('kib')?.value)).toBeGreaterThanOrEqual(256);
    expect(await peer.request('health')).toMatchObject({
      status: 'healthy',
      detail: expect.stringMatching(/^\d+ KiB$/),
    });
    await started.outputMatches(/<4>.*a "watched" folder takes \d+ KiB\n/);
  });

  it('says that it is unhealthy when the folder is not there', async () => {
    const started = await start('du-watch', { folder: '/nowhere/at/all' });
    const peer = await started.init();
    await started.outputMatches(/<4>\/nowhere\/at\/all cannot be measured/);
    expect(await peer.request('health')).toMatchObject({ status: 'unhealthy' });
  });

  it('measures again when its time has come, also when half a line has come before', async () => {
    const started = await start('du-watch', { every_seconds: 1 });
    const peer = await initUntilStored(started);
    // Its answer would stand in the middle of the line.
    peer.servesKv = false;
    const again = peer.next(isKvSet);
    peer.sendBytes('{"type":"health","request_');
    await again;
    const answer = peer.next(({ request_id }) => request_id === 'late');
    peer.sendBytes('id":"late","payload":{}}\n');
    expect(await answer).toMatchObject({ payload: { status: 'healthy' } });
  });

  it('goes on when it is taken over, and only stores its figure again', async () => {
    const started = await start('du-watch', { every_seconds: 3_600 });
    const peer = await initUntilStored(started);
    const again = peer.next(isKvSet);
    await started.init(true);
    await again;
    expect(await peer.request('health')).toMatchObject({ status: 'healthy' });
    expect(started.output.match(/watching/g)).toHaveLength(1);
  });

  it('takes new settings', async () => {
    const started = await start('du-watch', { every_seconds: 3_600 });
    const peer = await initUntilStored(started);
    const again = peer.next(isKvSet);
    const config = { folder: join(folder, 'clock'), every_seconds: 3_600 };
    expect(await peer.request('lifecycle', { action: 'reload', config })).toEqual({ ok: true });
    await again;
    await started.outputMatches(/clock takes \d+ KiB/);
  });

  it('answers lines that make no sense with an error and reads on', async () => {
    const peer = await (await start('du-watch')).init();
    peer.sendBytes(`nonsense\n[]\n{"a":\n${'x'.repeat(70_000)}\n`);
    expect(await peer.request('health')).toMatchObject({ status: 'healthy' });
    const codes = peer.messages.filter(({ type }) => type === 'error').map(({ payload }) => payload.error);
    expect(codes).toMatchObject([
      { code: 'invalid' },
      { code: 'invalid' },
      { code: 'invalid' },
      { code: 'too_large' },
    ]);
  });
});
