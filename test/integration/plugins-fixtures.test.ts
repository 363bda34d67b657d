/** The fixture plugins behave as their names say, so that tests which use them test what they mean to. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CHECKOUT } from '../rig/programs.ts';
import { ScriptedCore } from '../rig/scripted-core.ts';

const FIXTURES = join(CHECKOUT, 'test/fixtures/plugins');
const get = (path: string, query: unknown = '') => ({ method: 'GET', path, query, headers: {} });
let core: ScriptedCore | undefined;

afterEach(async () => {
  await core?.dispose();
  core = undefined;
});

async function start(id: string, environment: Record<string, string> = {}): Promise<ScriptedCore> {
  core = await ScriptedCore.start({ plugin: join(FIXTURES, id), environment });
  return core;
}

/** Connects, and sends an init that nobody waits for. */
async function sendInit(started: ScriptedCore) {
  const peer = await started.connect();
  peer.send({ type: 'lifecycle', request_id: 'init', payload: started.initPayload() });
  return peer;
}

it.each(readdirSync(FIXTURES))('%s is named as its folder, and its program is executable', (id) => {
  const metadata: unknown = JSON.parse(readFileSync(join(FIXTURES, id, 'plugin.json'), 'utf8'));
  expect(metadata).toMatchObject({ id, command: ['run'] });
  expect(statSync(join(FIXTURES, id, 'run')).mode & 0o111).toBe(0o111);
});

describe.each(['echo-socket', 'echo-stdio'])('%s', (id) => {
  it('passes HTTP on to the store, also in parallel, and ends as asked', async () => {
    const started = await start(id);
    const peer = await started.init();
    const set = await peer.request('http', get('/kv-set?colour=red'));
    expect(JSON.parse(String(set.body))).toEqual({ version: 1 });
    const answers = await Promise.all([
      peer.request('http', get('/kv-get?colour')),
      peer.request('http', get('/kv-get', { size: '' })),
      peer.request('http', get('/kv-list', 'co')),
      peer.request('http', get('/other')),
    ]);
    expect(answers.map(({ body }) => JSON.parse(String(body)))).toMatchObject([
      { value: 'red', version: 1 },
      { value: null },
      { keys: ['colour'] },
      { path: '/other' },
    ]);
    const again = await started.init(true);
    const inits = await again.request('http', get('/inits'));
    expect(JSON.parse(String(inits.body))).toMatchObject([{ adopted: false }, { adopted: true }]);
    expect(await again.request('weather')).toMatchObject({ error: { code: 'unknown_type' } });
    expect(await started.shutdown(again)).toEqual({ code: 0, signal: null });
  });

  it('exits with the code that HTTP asks for', async () => {
    const started = await start(id);
    const peer = await started.init();
    peer.send({ type: 'http', request_id: 'x', payload: get('/exit?9') });
    expect(await started.ended).toEqual({ code: 9, signal: null });
  });
});

it('never-ready accepts, and says nothing', async () => {
  const started = await start('never-ready');
  const peer = await sendInit(started);
  await started.connect();
  started.process.kill('SIGKILL');
  await peer.closed;
  expect(peer.messages).toEqual([]);
});

it('ignores-term ignores SIGTERM from its first word on', async () => {
  const started = await start('ignores-term');
  await started.outputMatches(/up/);
  const status = readFileSync(`/proc/${started.process.pid}/status`, 'utf8');
  const ignored = Number.parseInt(/^SigIgn:.*([0-9a-f]{8})$/m.exec(status)?.[1] ?? '', 16);
  expect(ignored & (1 << 14)).not.toBe(0);
});

it.each([
  ['exits-with', {}, { code: 3, signal: null }],
  ['exits-with', { EXIT_CODE: '0', EXIT_AFTER_MS: '20' }, { code: 0, signal: null }],
  ['segfaults', {}, { code: null, signal: 'SIGSEGV' }],
])('%s with %j ends so', async (id, environment, end) => {
  expect(await (await start(id, environment)).ended).toEqual(end);
});

it('leaves-grandchild writes down two processes outside its group or parentage', async () => {
  const started = await start('leaves-grandchild', { THEN: 'exit' });
  // `close` waits for the streams, which the grandchildren hold: `exit` does not.
  await new Promise((resolve) => started.process.on('exit', resolve));
  const pids: number[] = [];
  for (const name of ['session.pid', 'orphan.pid']) {
    pids.push(Number(await readFile(join(started.dataFolder, name), 'utf8')));
  }
  const [session = 0, orphan = 0] = pids;
  const groupOf = (pid: number) => Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[4]);
  expect(groupOf(session)).toBe(session);
  expect(groupOf(orphan)).toBe(started.process.pid);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
});

it('slow-stop ends with 0, but not at once', async () => {
  const started = await start('slow-stop');
  await started.outputMatches(/up/);
  const before = performance.now();
  started.process.kill('SIGTERM');
  expect(await started.ended).toEqual({ code: 0, signal: null });
  expect(performance.now() - before).toBeGreaterThanOrEqual(300);
});

it('writes-lines writes as many as asked', async () => {
  const started = await start('writes-lines', { COUNT: '3' });
  await started.outputMatches(/^line 1\nline 2\nline 3\n$/);
});

it('floods does not stop by itself', async () => {
  await (await start('floods')).outputMatches(/(a line of a flood that does not end\n){3}/);
});

it('unhealthy says why', async () => {
  const peer = await (await start('unhealthy')).init();
  expect(await peer.request('health')).toEqual({ status: 'unhealthy', detail: 'the database is away' });
});

it('wrong-request-id answers under an id that nobody gave', async () => {
  const peer = await (await start('wrong-request-id')).connect();
  const answer = peer.next(() => true);
  peer.send({ type: 'lifecycle', request_id: 'init', payload: {} });
  expect(await answer).toMatchObject({ request_id: 'not-yours' });
});

it.each([
  ['half-a-frame', '{"type":"lifecycle","request_id":"'],
  ['answers-garbage', 'garbage {]\n'],
])('%s answers init with bytes that are no message', async (id, bytes) => {
  await (await start(id)).rawAnswer((text) => text.endsWith(bytes));
});

it('oversize-line goes on over every limit', async () => {
  const answer = await (await start('oversize-line')).rawAnswer((text) => text.length > 8 * 1024 * 1024);
  expect(answer).not.toContain('\n');
});
