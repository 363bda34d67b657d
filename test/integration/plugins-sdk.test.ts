import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MAX_PLUGIN_LINE_BYTES } from '../../src/protocol/plugin/envelope.ts';
import { bundlePlugin } from '../rig/plugin-bundle.ts';
import { ScriptedCore } from '../rig/scripted-core.ts';

/** Writes down what is called, so that a test sees how often. */
const PROBE = `#!/usr/bin/env node
const { definePlugin } = require('./sdk.cjs');
const transport = process.env.PROBE_TRANSPORT || 'socket';
definePlugin({
  metadata: { id: 'probe', name: 'Probe', version: '1.0.0', transport },
  init({ config, runId, log }) {
    log.info('init of run ' + runId + ' with ' + JSON.stringify(config));
    if (config.fails) throw new Error('no database');
    console.log('a word on the console');
  },
  adopted({ log }) { log.info('adopted'); },
  async http({ path, query, body }, { kv, config }) {
    if (path === '/throw') throw new Error('handler broke');
    if (path === '/config') return { body: JSON.stringify(config) };
    if (path === '/bytes') return { body: Buffer.from([0, 255]) };
    if (path === '/large') return { body: 'x'.repeat(1024 * 1024 + 1) };
    if (path === '/echo') return { body: query.get('a') + body.toString() };
    const stored = await kv.get(path);
    return { body: stored.ok ? String(stored.value.value) : stored.failure.code };
  },
  health: () => ({ status: 'unhealthy', detail: 'as asked' }),
  reload({ config, log }) {
    if (config.fails) throw new Error('bad settings');
    log.info('reloaded');
  },
  shutdown({ reason }, { log }) { log.notice('ending: ' + reason); },
});
`;

let folder: string;
let core: ScriptedCore | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toru-sdk-'));
  await bundlePlugin('plugins/sdk/index.ts', join(folder, 'sdk.cjs'));
  await writeFile(join(folder, 'probe.cjs'), PROBE);
  await chmod(join(folder, 'probe.cjs'), 0o755);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

afterEach(async () => {
  await core?.dispose();
  core = undefined;
});

async function start(options: { config?: Record<string, unknown>; transport?: 'stdio' } = {}) {
  core = await ScriptedCore.start({
    command: [join(folder, 'probe.cjs')],
    ...(options.config === undefined ? {} : { config: options.config }),
    ...(options.transport === undefined
      ? {}
      : { transport: options.transport, environment: { PROBE_TRANSPORT: options.transport } }),
  });
  return core;
}

const get = (path: string, more: object = {}) => ({ method: 'GET', path, query: '', headers: {}, ...more });
const countOf = (text: string, pattern: RegExp) => [...text.matchAll(new RegExp(pattern, 'g'))].length;

describe('a plugin made with the SDK', () => {
  it('prints its metadata and exits 0', async () => {
    core = await ScriptedCore.start({ command: [join(folder, 'probe.cjs'), '--metadata'] });
    expect(await core.ended).toEqual({ code: 0, signal: null });
    expect(JSON.parse(core.output)).toMatchObject({ id: 'probe', protocol: 1 });
  });

  it('says in one line that TORU_SOCKET is missing', async () => {
    core = await ScriptedCore.start({
      command: [join(folder, 'probe.cjs')],
      environment: { TORU_SOCKET: '' },
    });
    expect(await core.ended).toEqual({ code: 2, signal: null });
    expect(core.output).toMatch(/^<3>TORU_SOCKET is not set: [^\n]*\n$/);
  });

  it('answers nothing but init before init', async () => {
    const peer = await (await start()).connect();
    expect(await peer.request('health')).toMatchObject({ error: { code: 'unavailable' } });
  });

  it('hands init its settings, and is ready', async () => {
    const started = await start({ config: { colour: 'red' } });
    await started.init();
    await started.outputMatches(/<6>init of run 7 with {"colour":"red"}\n/);
  });

  it('tells the core why init failed', async () => {
    const peer = await (await start({ config: { fails: true } })).connect();
    const answer = await peer.request('lifecycle', core?.initPayload());
    expect(answer).toEqual({ error: { code: 'internal', message: 'no database' } });
  });

  it('answers health, http in all its forms, unknown types and unknown fields', async () => {
    const peer = await (await start()).init();
    expect(await peer.request('health', {}, { later: true })).toEqual({
      status: 'unhealthy',
      detail: 'as asked',
    });
    expect(await peer.request('http', get('/echo', { query: 'a=1', body: 'b' }))).toMatchObject({
      body: '1b',
    });
    const encoded = { query: { a: ['1'] }, body_base64: Buffer.from('c').toString('base64') };
    expect(await peer.request('http', get('/echo', encoded))).toMatchObject({ status: 200, body: '1c' });
    expect(await peer.request('http', get('/bytes'))).toMatchObject({ body_base64: 'AP8=' });
    expect(await peer.request('http', get('/throw'))).toMatchObject({ error: { code: 'internal' } });
    expect(await peer.request('http', {})).toMatchObject({ error: { code: 'invalid' } });
    expect(await peer.request('weather')).toMatchObject({ error: { code: 'unknown_type' } });
    expect(await peer.request('lifecycle', { action: 'dance' })).toMatchObject({
      error: { code: 'unknown_type' },
    });
  });

  it('sends a body over 1 MiB in pieces, four at once and no more without credit', async () => {
    const peer = await (await start()).init();
    const pieces = () => peer.messages.filter(({ payload }) => typeof payload.piece === 'string');
    const fourth = peer.next(() => pieces().length === 4);
    expect(await peer.request('http', get('/large'))).toMatchObject({ status: 200, body: 'stream' });
    await fourth;
    await peer.request('health');
    expect(pieces()).toHaveLength(4);
    const { request_id } = pieces()[0] ?? { request_id: '' };
    for (let last: unknown = false; last !== true; ) {
      const next = peer.next(({ payload }) => typeof payload.piece === 'string');
      peer.send({ type: 'http', request_id, payload: { credit: 1 } });
      last = (await next).payload.last;
    }
    const bytes = pieces().map(({ payload }) => Buffer.from(String(payload.piece), 'base64').length);
    expect(bytes.reduce((sum, length) => sum + length, 0)).toBe(1024 * 1024 + 1);
    expect(Math.max(...bytes)).toBe(64 * 1024);
  });

  it('refuses a body in pieces unless its definition takes them, and leaves words on exchanges that are over', async () => {
    const peer = await (await start()).init();
    expect(await peer.request('http', get('/echo', { body: 'stream' }))).toMatchObject({
      error: { code: 'too_large' },
    });
    for (const payload of [{ piece: 'QQ==', last: true }, { credit: 1 }, { abort: 'gone' }])
      peer.send({ type: 'http', request_id: 'core-2', payload });
    await peer.request('health');
    expect(peer.messages).toHaveLength(3);
  });

  it('does not answer an error with an error', async () => {
    const peer = await (await start()).init();
    peer.send({ type: 'error', request_id: '', payload: { error: { code: 'invalid', message: 'you' } } });
    peer.send({
      type: 'later',
      request_id: 'x',
      payload: { error: { code: 'unknown_type', message: 'what' } },
    });
    await peer.request('health');
    expect(peer.messages).toHaveLength(2);
  });

  it.each([
    ['a line that is no JSON', 'hello\n', 'invalid'],
    ['null', 'null\n', 'invalid'],
    ['a line without end', 'x'.repeat(MAX_PLUGIN_LINE_BYTES + 1), 'too_large'],
  ])('answers %s with one error, closes, and serves others as before', async (_, bytes, code) => {
    const started = await start();
    const peer = await started.init();
    const stranger = await started.connect();
    stranger.sendBytes(bytes);
    stranger.sendBytes('more\n');
    await stranger.closed;
    expect(stranger.messages).toMatchObject([{ type: 'error', payload: { error: { code } } }]);
    expect(await peer.request('health')).toMatchObject({ status: 'unhealthy' });
  });

  it('answers a peer that has said its last', async () => {
    const started = await start();
    const peer = await started.init();
    peer.servesKv = false;
    const front = await started.connect();
    const asked = peer.next(({ type }) => type === 'kv');
    const answer = front.request('http', get('/key'));
    front.finish();
    const question = await asked;
    // Two rounds, so that the plugin has seen the end of the other connection.
    await peer.request('health');
    await peer.request('health');
    peer.send({ ...question, payload: { value: 'late', version: 1 } });
    expect(await answer).toMatchObject({ body: 'late' });
    await front.closed;
  });

  it('serves requests in parallel, also while some wait for the store', async () => {
    const started = await start();
    const peer = await started.init();
    peer.servesKv = false;
    const asked = peer.next(({ type }) => type === 'kv');
    const slow = peer.request('http', get('/key'));
    const question = await asked;
    expect(await peer.request('http', get('/config'))).toMatchObject({ status: 200 });
    peer.send({ ...question, payload: { value: 'late', version: 1 } });
    expect(await slow).toMatchObject({ body: 'late' });
  });

  it('is taken over without a new start, and asks the store again for what it waited for', async () => {
    const started = await start();
    started.store.values.set('/key', { value: 'kept', version: 1 });
    const front = await started.connect();
    const first = await started.init();
    first.servesKv = false;
    const asked = first.next(({ type }) => type === 'kv');
    const slow = front.request('http', get('/key'));
    await asked;
    first.close();
    await started.init(true);
    expect(await slow).toMatchObject({ body: 'kept' });
    await started.outputMatches(/adopted/);
    expect(countOf(started.output, /init of run/)).toBe(1);
  });

  it('refuses to become another run, and stays with its core', async () => {
    const started = await start();
    const peer = await started.init();
    const stranger = await started.connect();
    const foreign = await stranger.request('lifecycle', { ...started.initPayload(), run_id: 8 });
    expect(foreign).toMatchObject({ error: { code: 'conflict' } });
    const shutdown = { action: 'shutdown', reason: 'mischief', grace_ms: 1 };
    expect(await stranger.request('lifecycle', shutdown)).toMatchObject({ error: { code: 'denied' } });
    expect(await stranger.request('lifecycle', { action: 'reload', config: {} })).toMatchObject({
      error: { code: 'denied' },
    });
    started.store.values.set('/key', { value: 'mine', version: 1 });
    expect(await peer.request('http', get('/key'))).toMatchObject({ body: 'mine' });
  });

  it('takes new settings, and keeps the old ones when the handler refuses', async () => {
    const started = await start({ config: { is: 'old' } });
    const peer = await started.init();
    const refused = await peer.request('lifecycle', { action: 'reload', config: { fails: true } });
    expect(refused).toMatchObject({ error: { code: 'internal', message: 'bad settings' } });
    expect(await peer.request('http', get('/config'))).toMatchObject({ body: '{"is":"old"}' });
    expect(await peer.request('lifecycle', { action: 'reload', config: { is: 'new' } })).toEqual({
      ok: true,
    });
    expect(await peer.request('http', get('/config'))).toMatchObject({ body: '{"is":"new"}' });
  });

  it('ends with 0 after shutdown, its handler called once, its socket removed', async () => {
    const started = await start();
    const peer = await started.init();
    const ended = started.shutdown(peer);
    started.process.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(countOf(started.output, /<5>ending: /)).toBe(1);
    expect(existsSync(started.socketPath)).toBe(false);
  });

  it('ends with 0 after SIGTERM, also when init never came', async () => {
    const started = await start();
    await started.connect();
    started.process.kill('SIGTERM');
    expect(await started.ended).toEqual({ code: 0, signal: null });
    expect(started.output).not.toMatch(/ending/);
  });
});

describe('a plugin made with the SDK over stdio', () => {
  it('keeps the wire clean of what is written to the console', async () => {
    const started = await start({ transport: 'stdio' });
    const peer = await started.init();
    await started.outputMatches(/a word on the console/);
    expect(peer.messages).toHaveLength(1);
    expect(await started.shutdown(peer)).toEqual({ code: 0, signal: null });
  });

  it('reads on after bytes that make no sense', async () => {
    const peer = await (await start({ transport: 'stdio' })).init();
    peer.sendBytes(`nonsense\n${'x'.repeat(MAX_PLUGIN_LINE_BYTES + 1)}\n`);
    expect(await peer.request('health')).toMatchObject({ status: 'unhealthy' });
    const errors = peer.messages.filter(({ type }) => type === 'error');
    expect(errors).toMatchObject([
      { payload: { error: { code: 'invalid' } } },
      { payload: { error: { code: 'too_large' } } },
    ]);
  });

  it('asks the store again when init comes anew', async () => {
    const started = await start({ transport: 'stdio' });
    started.store.values.set('/key', { value: 'kept', version: 1 });
    const peer = await started.init();
    peer.servesKv = false;
    const asked = peer.next(({ type }) => type === 'kv');
    const slow = peer.request('http', get('/key'));
    await asked;
    peer.servesKv = true;
    await started.init(true);
    expect(await slow).toMatchObject({ body: 'kept' });
  });

  it('ends with 0 when stdin is closed', async () => {
    const started = await start({ transport: 'stdio' });
    const peer = await started.init();
    peer.finish();
    expect(await started.ended).toEqual({ code: 0, signal: null });
    expect(started.output).toMatch(/<5>ending: stdin was closed/);
  });
});
