/** The real bin/toru and a daemon that is not there, hangs, dies, comes back, or is none. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pluginStatus, ScriptedDaemon } from '../fixtures/scripted-daemon.ts';
import { type CliResult, followToru, runToru } from '../rig/cli-rig.ts';
import { cleanEnvironment, TORU } from '../rig/programs.ts';

let daemon: ScriptedDaemon;

beforeEach(async () => {
  daemon = await ScriptedDaemon.create();
});

afterEach(() => daemon.remove());

function toru(...args: string[]): Promise<CliResult> {
  return runToru(daemon.root, args);
}

function line(message: string, seq: number): string {
  const timestamp = '2026-11-08T16:20:00.000000Z';
  return JSON.stringify({ timestamp, level: 'info', plugin: 'web', message, stream: 'stdout', seq, run: 1 });
}

test('no socket, a leftover socket and no daemon behind it: one line, code 150', async () => {
  const absent = await toru('list');
  expect(absent).toMatchObject({ code: 150, stdout: '' });
  expect(absent.stderr).toBe(
    `toru: list: torud is not running (no socket ${daemon.socketPath}); start torud, or name another root with --root\n`,
  );
  await writeFile(daemon.socketPath, '');
  expect(await toru('logs', '-f')).toMatchObject({ code: 150, stderr: expect.stringContaining('leftover') });
});

test('a socket path that the kernel would cut is named', async () => {
  const result = await runToru(daemon.root, ['--root', `/tmp/${'x'.repeat(120)}`, 'list']);
  expect(result).toMatchObject({ code: 150, stderr: expect.stringContaining('107') });
});

test('another protocol is code 151, whoever notices it', async () => {
  daemon.greeting = {
    welcome: { protocol: 2, daemon: 'torud/9', instanceId: 'i', capabilities: [], role: 'view' },
  };
  await daemon.listen();
  expect(await toru('list')).toMatchObject({ code: 151 });
  daemon.greeting = { error: { code: 'protocol_mismatch', message: 'protocol 1 is spoken here no more' } };
  expect(await toru('list')).toMatchObject({
    code: 151,
    stderr: 'toru: list: protocol 1 is spoken here no more\n',
  });
});

test('something that does not speak the protocol is refused', async () => {
  const server = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(daemon.socketPath, resolve));
  expect(await toru('status')).toMatchObject({ code: 151, stdout: '' });
  await new Promise((resolve) => server.close(resolve));
});

test('a daemon that does not answer is given up after --timeout', async () => {
  await daemon
    .on('plugin.list', () => undefined)
    .on('plugin.listCompact', () => undefined)
    .listen();
  for (const args of [['list'], ['status', 'web'], ['is-active', 'web'], ['wait', 'web']]) {
    const result = await toru(...args, '--timeout', '200ms');
    expect([args[0], result.code]).toEqual([args[0], args[0] === 'wait' ? 2 : 124]);
  }
});

test('a daemon that dies in the middle of an action is code 150', async () => {
  await daemon.on('plugin.restart', (_, reply) => reply.hangUp()).listen();
  expect(await toru('restart', 'web')).toMatchObject({
    code: 150,
    stderr: expect.stringContaining('closed the connection'),
  });
});

test('logs -f goes on where it was when the daemon comes back', async () => {
  await daemon
    .on('log.read', ({ cursor }, reply) => {
      if (cursor === undefined) reply.item({ lines: [line('one', 1)], cursor: 'after-one' });
      else reply.item({ lines: [line('two', 2)], cursor: 'after-two' });
    })
    .listen();
  await using cli = followToru(daemon.root, ['logs', '-f', 'web', '-o', 'cat']);
  expect(await cli.nextLine()).toBe('one');
  await daemon.close();
  await daemon.listen();
  expect(await cli.nextLine()).toBe('two');
  expect(daemon.requests.map(({ params }) => params)).toEqual([
    { names: ['web'], lines: 10, follow: true },
    { names: ['web'], follow: true, cursor: 'after-one' },
  ]);
  const result = await cli.end('SIGINT');
  expect(result).toMatchObject({ code: 130, stderr: 'toru: torud is away; waiting\ntoru: torud is back\n' });
});

test('logs -n N --grep gives the last N that match, then follows them', async () => {
  await daemon
    .on('log.read', ({ follow }, reply) => {
      if (follow === true) {
        reply.item({ lines: [line('no', 5), line('hit 4', 6)], cursor: 'z' });
        return;
      }
      reply.item({
        lines: [line('hit 1', 1), line('miss', 2), line('hit 2', 3), line('hit 3', 4)],
        cursor: 'y',
      });
      reply.end({ linesLost: 0 });
    })
    .listen();
  await using cli = followToru(daemon.root, ['logs', '-fn', '2', '--grep', 'HIT', '-i', '-o', 'cat']);
  expect([await cli.nextLine(), await cli.nextLine(), await cli.nextLine()]).toEqual([
    'hit 2',
    'hit 3',
    'hit 4',
  ]);
  expect(daemon.requests[1]?.params).toEqual({ follow: true, cursor: 'y' });
});

test('logs --strict and --fail-empty answer with code 1', async () => {
  await daemon
    .on('log.read', ({ names }, reply) => {
      const isEmpty = (names as string[])[0] === 'empty';
      if (!isEmpty) reply.item({ lines: [line('x', 1)], cursor: 'c' });
      reply.end({ linesLost: isEmpty ? 0 : 3 });
    })
    .listen();
  expect(await toru('logs', 'web')).toMatchObject({
    code: 0,
    stderr: 'toru: logs: 3 lines were lost at writing\n',
  });
  expect(await toru('logs', 'web', '--strict')).toMatchObject({ code: 1 });
  expect(await toru('logs', 'empty')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await toru('logs', 'empty', '--fail-empty')).toMatchObject({ code: 1 });
});

test('logs refuses a wrong expression, level, time and number', async () => {
  await daemon.listen();
  for (const args of [
    ['--grep', '('],
    ['--level', 'loud'],
    ['--since', 'later'],
    ['-n', '-1'],
    ['--run', 'x'],
    ['--supervisor', 'web'],
  ]) {
    const result = await toru('logs', ...args);
    expect([args.join(' '), result.code, result.stdout]).toEqual([args.join(' '), 2, '']);
    expect(result.stderr).toMatch(/^toru: logs: [^\n]+\n$/);
  }
  expect(daemon.requests).toEqual([]);
});

test('events -f asks only for what is new after the daemon came back', async () => {
  const event = {
    at: '2026-11-08T16:20:00.000000Z',
    plugin: 'web',
    type: 'crashed',
    reason: 'exit 7',
    actor: null,
    details: {},
  };
  await daemon
    .on('event.read', ({ afterId }, reply) =>
      reply.item({ events: [{ ...event, id: afterId === undefined ? 7 : 8 }] }),
    )
    .listen();
  await using cli = followToru(daemon.root, ['events', '-f', '--json', '-q', '--type', 'crashed']);
  expect(JSON.parse(await cli.nextLine())).toEqual({ ...event, id: 7 });
  await daemon.close();
  await daemon.listen();
  expect(JSON.parse(await cli.nextLine())).toMatchObject({ id: 8 });
  expect(daemon.requests[1]?.params).toEqual({ types: ['crashed'], afterId: 7, follow: true });
  expect(await cli.end('SIGINT')).toMatchObject({ code: 130, stderr: '' });
});

test('wait ends when the plugin is as named, even after the daemon was away', async () => {
  let state: 'starting' | 'running' = 'starting';
  const watched = Promise.withResolvers<void>();
  await daemon
    .on('plugin.watch', (_, reply) => {
      reply.item({ kind: 'snapshot', plugins: [pluginStatus('web', { state })] });
      watched.resolve();
    })
    .listen();
  await using cli = followToru(daemon.root, ['wait', 'web', '-q']);
  await watched.promise;
  await daemon.close();
  state = 'running';
  await daemon.listen();
  expect(await cli.result).toMatchObject({ code: 0, stderr: '' });
});

test('wait says at once that it cannot come true', async () => {
  const plugin = pluginStatus('web', { state: 'failed', reason: 'gave up after 10 restarts' });
  await daemon.on('plugin.watch', (_, reply) => reply.item({ kind: 'snapshot', plugins: [plugin] })).listen();
  expect(await toru('wait', 'web')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('gave up after 10 restarts'),
  });
  expect(await toru('wait', 'web', '--for', 'failed')).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

test('wait names what is pending when its time has passed', async () => {
  const plugin = pluginStatus('web', { state: 'backoff' });
  await daemon.on('plugin.watch', (_, reply) => reply.item({ kind: 'snapshot', plugins: [plugin] })).listen();
  expect(await toru('wait', 'web', '--for', 'healthy', '--timeout', '100ms')).toMatchObject({
    code: 124,
    stderr: 'toru: wait web: timed out after 100 ms; pending: web healthy (is backoff)\n',
  });
  const asJson = await toru('wait', 'web', '--for', 'healthy', '--timeout', '100ms', '--json');
  expect(JSON.parse(asJson.stderr).error).toMatchObject({ code: 'timeout', hint: null, name: 'web' });
});

test('wait --for log~ sees lines of the plugin that is waited for', async () => {
  const web = pluginStatus('web', { runId: 1 });
  await daemon
    .on('plugin.watch', (_, reply) => reply.item({ kind: 'snapshot', plugins: [web] }))
    .on('log.read', (_, reply) => reply.item({ lines: [line('listening on 80', 1)], cursor: 'c' }))
    .listen();
  expect(await toru('wait', 'web', '--for', 'log~listening on \\d+')).toMatchObject({ code: 0 });
});

test('wait for all is done when there are no plugins', async () => {
  await daemon.on('plugin.watch', (_, reply) => reply.item({ kind: 'snapshot', plugins: [] })).listen();
  expect(await toru('wait', '--all')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await toru('wait', 'zzz*')).toMatchObject({
    code: 5,
    stderr: 'toru: wait zzz*: no plugin matches; --allow-none makes this no error\n',
  });
});

test('a limit below a second says only that it has passed', async () => {
  await daemon.on('plugin.listCompact', () => undefined).listen();
  expect(await toru('list', '--timeout', '1ms')).toMatchObject({
    code: 124,
    stderr: 'toru: list: no answer from torud within 1 ms\n',
  });
});

test('daemon stop names the plugins that keep it when its time has passed', async () => {
  const rows = Array.from({ length: 12 }, (_, at) => [
    `p${at}`,
    'stopping',
    true,
    'process',
    at,
    1,
    0,
    1,
    1,
    'x',
  ]);
  rows.push(['idle', 'stopped', true, 'process', null as never, 1, 0, 1, 1, 'x']);
  let asked = 0;
  await daemon
    .on('plugin.listCompact', (_, reply) => {
      asked += 1;
      // As a torud that is on its way out: the second question is not answered.
      if (asked === 1) reply.result({ rows, errors: [] });
      else reply.error({ code: 'unavailable', message: 'torud is shutting down' });
    })
    .on('daemon.stop', (_, reply) => reply.result({}))
    .listen();
  expect(await toru('daemon', 'stop', '--timeout', '200ms')).toMatchObject({
    code: 124,
    stderr:
      'toru: daemon stop p0: torud is still there after 200 ms; pending: p0, p1, p2, p3, p4, p5, p6, p7, p8, p9 and 2 more\n',
  });
});

test('daemon stop is done when the daemon has gone', async () => {
  await daemon
    .on('daemon.stop', (_, reply) => {
      reply.result({});
      reply.hangUp();
    })
    .listen();
  expect(await toru('daemon', 'stop', '--keep-plugins')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(daemon.requests[0]?.params).toEqual({ keepPlugins: true });
});

/** Runs toru, reads the first piece of its output and closes the pipe, as head(1) does. */
async function readOnlyTheBeginning(...args: string[]): Promise<{ code: number | null; stderr: string }> {
  const env = cleanEnvironment(daemon.root, { TORU_ROOT: daemon.root });
  const child = spawn(TORU, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  await once(child, 'close');
  return { code: child.exitCode, stderr };
}

test('a reader that leaves ends it quietly', async () => {
  const rows = Array.from({ length: 50_000 }, (_, at) => [
    `p${at}`,
    'running',
    true,
    'process',
    1,
    1,
    0,
    1,
    1,
    'x',
  ]);
  await daemon.on('plugin.listCompact', (_, reply) => reply.result({ rows, errors: [] })).listen();
  expect(await readOnlyTheBeginning('list', '-o', 'value')).toEqual({ code: 0, stderr: '' });
});

test('a follow ends quietly as well when its reader leaves', async () => {
  const lines = Array.from({ length: 50_000 }, (_, at) => line('x', at));
  await daemon.on('log.read', (_, reply) => reply.item({ lines, cursor: 'c' })).listen();
  expect(await readOnlyTheBeginning('logs', '-f', 'web')).toEqual({ code: 0, stderr: '' });
});

/** Listens with a backlog that is full at once, and takes connections, with the right words, half a second later. */
const SLOW_LISTENER = `
import json, socket, sys, threading, time
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(0)
fillers = []
while True:
    filler = socket.socket(socket.AF_UNIX)
    filler.setblocking(False)
    try:
        filler.connect(sys.argv[1])
        fillers.append(filler)
    except BlockingIOError:
        break
print("full", flush=True)
time.sleep(0.5)
def serve(peer):
    for line in peer.makefile("r"):
        message = json.loads(line)
        answer = {"welcome": {"protocol": 1, "daemon": "torud/x", "instanceId": "i", "capabilities": [], "role": "admin"}}
        if "id" in message:
            answer = {"id": message["id"], "result": {"rows": [], "errors": []}}
        peer.sendall((json.dumps(answer) + "\\n").encode())
for filler in fillers:
    filler.close()
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
`;

test('a torud that takes no connection for a moment is asked again, and not given up', async () => {
  const listener = spawn('python3', ['-c', SLOW_LISTENER, daemon.socketPath], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(listener.stdout, 'data');
    expect(await toru('list', '-q')).toMatchObject({ code: 0, stderr: '' });
  } finally {
    listener.kill('SIGKILL');
    await once(listener, 'close');
  }
});
