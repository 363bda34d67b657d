/** The example plugins as programs: how flaky goes wrong, and that web-static serves. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CHECKOUT } from '../rig/programs.ts';
import { ScriptedCore } from '../rig/scripted-core.ts';

let core: ScriptedCore | undefined;

afterEach(async () => {
  await core?.dispose();
  core = undefined;
});

async function start(id: string, environment: Record<string, string>): Promise<ScriptedCore> {
  core = await ScriptedCore.start({ plugin: join(CHECKOUT, 'plugins', id), environment });
  return core;
}

describe('flaky', () => {
  it.each([
    ['exit:1', { code: 1, signal: null }, /<3>giving up: about to exit with 1\n$/],
    ['exit:42', { code: 42, signal: null }, /<3>giving up: about to exit with 42\n$/],
    ['signal:SEGV', { code: null, signal: 'SIGSEGV' }, /<2>last words before SEGV\n$/],
    ['signal:KILL', { code: null, signal: 'SIGKILL' }, /<2>last words before KILL\n$/],
  ])('with %s ends that way after it was ready, with last words', async (mode, end, words) => {
    const started = await start('flaky', { FLAKY_MODE: mode, FLAKY_AFTER_MS: '0' });
    const peer = await started.connect();
    peer.send({ type: 'lifecycle', request_id: '1', payload: started.initPayload() });
    expect(await started.ended).toEqual(end);
    expect(started.output).toMatch(/<6>up, mode /);
    expect(started.output).toMatch(words);
  });

  it('with hang-start never answers init, and lives', async () => {
    const started = await start('flaky', { FLAKY_MODE: 'hang-start' });
    const peer = await started.connect();
    peer.send({ type: 'lifecycle', request_id: '1', payload: started.initPayload() });
    expect(await peer.request('health')).toMatchObject({ status: 'healthy' });
    expect(peer.messages).toHaveLength(1);
  });

  it('with ignore-term answers no shutdown and outlives SIGTERM', async () => {
    const started = await start('flaky', { FLAKY_MODE: 'ignore-term' });
    const peer = await started.init();
    peer.send({ type: 'lifecycle', request_id: '1', payload: { action: 'shutdown' } });
    started.process.kill('SIGTERM');
    expect(await peer.request('health')).toMatchObject({ status: 'healthy' });
    expect(ignoredSignals(started.process.pid)).toContain(15);
  });

  it('with flood writes its lines, then goes on', async () => {
    const started = await start('flaky', { FLAKY_MODE: 'flood', FLAKY_AFTER_MS: '0', FLAKY_LINES: '2000' });
    const peer = await started.init();
    await started.outputMatches(/line 2000 of a flood\n/);
    expect(await peer.request('health')).toMatchObject({ status: 'healthy' });
  });

  it('with leak-child leaves a child in a session of its own', async () => {
    const started = await start('flaky', { FLAKY_MODE: 'leak-child', FLAKY_AFTER_MS: '0' });
    const peer = await started.connect();
    peer.send({ type: 'lifecycle', request_id: '1', payload: started.initPayload() });
    await started.outputMatches(/child (\d+) behind/);
    const child = Number(/child (\d+) behind/.exec(started.output)?.[1]);
    // `ended` waits for the streams, which the child holds.
    const session = readFileSync(`/proc/${child}/stat`, 'utf8').split(') ')[1]?.split(' ')[3];
    process.kill(child, 'SIGKILL');
    expect(Number(session)).toBe(child);
    expect(await started.ended).toEqual({ code: 1, signal: null });
  });

  it('with slow-exit takes its time after shutdown', async () => {
    const started = await start('flaky', { FLAKY_MODE: 'slow-exit', FLAKY_AFTER_MS: '50' });
    const peer = await started.init();
    const before = performance.now();
    expect(await started.shutdown(peer)).toEqual({ code: 0, signal: null });
    expect(performance.now() - before).toBeGreaterThanOrEqual(50);
  });

  it.each(['exit', 'exit:300', 'signal:NONE', 'nonsense'])(
    'refuses FLAKY_MODE=%s in one line',
    async (mode) => {
      const started = await start('flaky', { FLAKY_MODE: mode });
      expect(await started.ended).toEqual({ code: 1, signal: null });
      expect(started.output).toMatch(/^<3>flaky: FLAKY_MODE=[^\n]*\n$/);
    },
  );
});

describe('web-static', () => {
  it('serves its own page on loopback, and ends at SIGTERM', async () => {
    const port = await freePort();
    const started = await start('web-static', { WEB_STATIC_PORT: String(port) });
    await started.outputMatches(/Serving HTTP on 127\.0\.0\.1/);
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    expect(await answer.text()).toContain('<h1>It works</h1>');
    started.process.kill('SIGTERM');
    expect(await started.ended).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it.each([
    [{ WEB_STATIC_PORT: 'http' }, /^<3>web-static: WEB_STATIC_PORT must be a number, not http\n$/],
    [{ WEB_STATIC_FOLDER: '/nowhere' }, /^<3>web-static: \/nowhere is no folder [^\n]*\n$/],
  ])('refuses %j in one line', async (environment, words) => {
    const started = await start('web-static', environment);
    expect(await started.ended).toEqual({ code: 2, signal: null });
    expect(started.output).toMatch(words);
  });

  it('prints its metadata and exits 0', () => {
    const program = join(CHECKOUT, 'plugins/web-static/web-static');
    const metadata: unknown = JSON.parse(execFileSync(program, ['--metadata'], { encoding: 'utf8' }));
    expect(metadata).toMatchObject({ id: 'web-static', transport: 'none' });
  });
});

/** A port that was free a moment ago: python's http.server cannot say which one it took when it is asked for any. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has a port');
  return address.port;
}

/** Numbers of the signals that the process ignores (SigIgn in proc(5)). */
function ignoredSignals(pid: number | undefined): number[] {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return Array.from({ length: 64 }, (_, index) => index + 1).filter(
    (signal) => (BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n,
  );
}
