/** The plugin protocol from torud's side: who breaks it, who is ill, and what the store answers. */

import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { runToru } from '../rig/cli-rig.ts';
import { writePlugin } from '../rig/plugin-fixture.ts';
import { leadersOfPlugin } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

const QUICK_STOP = '[stop]\ngrace_ms = 200\n';
const NEVER = `${QUICK_STOP}[restart]\npolicy = "never"\n`;

/** Answers `init`, then says what stands in SAYS, writes every line that it is sent to stderr, and goes when told. */
const SAYS = `#!/usr/bin/env -S python3 -SEs
import json, os, signal, socket, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
server = socket.socket(socket.AF_UNIX)
server.bind(os.environ["TORU_SOCKET"])
server.listen()
while True:
    peer = server.accept()[0]
    for line in peer.makefile("rb"):
        print(line.decode().strip(), file=sys.stderr, flush=True)
        ask = json.loads(line)
        if ask["type"] == "error" or ask["payload"].get("action") == "shutdown":
            os._exit(0)
        if ask["payload"].get("action") == "init":
            ask["payload"] = {"ready": True, "protocol": 1}
            peer.sendall(json.dumps(ask).encode() + b"\\n" + os.environ.get("SAYS", "").encode())
`;

async function openWith(dropIn: string): Promise<PluginStage> {
  const stage = await PluginStage.make();
  await writePlugin(stage.paths, { id: 'says', script: SAYS, metadata: { transport: 'socket' }, dropIn });
  await stage.rig.start();
  return stage;
}

/** What the plugin `says` was sent, as it logged it. */
async function heard(stage: PluginStage): Promise<string> {
  return (await runToru(stage.folder, ['logs', 'says', '-o', 'cat', '-n', '100'])).stdout;
}

it.each([
  ['answers-garbage', /no JSON object/],
  ['oversize-line', /more than \d+ bytes/],
])('%s is ended with cause protocol, and torud lives', async (id, message) => {
  await using stage = await PluginStage.open({ [id]: NEVER });
  const outcome = await stage.act('start', id);
  expect(outcome.error).toMatchObject({ code: 'failed', message: expect.stringMatching(message) });
  await stage.untilState(id, 'failed');
  expect(await stage.capsule(id)).toMatchObject({ cause: 'protocol', verdict: 'none' });
  expect(leadersOfPlugin(stage.folder, id)).toEqual([]);
  const { daemon } = (await stage.call('daemon.status')) as { daemon: { memoryBytes: number } };
  expect(daemon.memoryBytes).toBeLessThan(200 * 1024 * 1024);
});

it('half a frame and then silence is a start-timeout', async () => {
  await using stage = await PluginStage.open({ 'half-a-frame': `${NEVER}[start]\ntimeout_ms = 300\n` });
  await stage.act('start', 'half-a-frame');
  await stage.untilState('half-a-frame', 'failed');
  expect(await stage.capsule('half-a-frame')).toMatchObject({ cause: 'start-timeout' });
});

it('a plugin that breaks the protocol is restarted by policy', async () => {
  await using stage = await PluginStage.open({ 'answers-garbage': `${QUICK_STOP}[restart]\nlimit = 2\n` });
  await stage.act('start', 'answers-garbage');
  await stage.untilState('answers-garbage', 'failed');
  const crashes = await stage.crashes('answers-garbage');
  expect(crashes.map(({ cause, verdict }) => [cause, verdict])).toEqual([
    ['protocol', 'give-up'],
    ['protocol', 'restart'],
    ['protocol', 'restart'],
  ]);
});

it.each(['not json\n', '5\n', '[]\n', 'null\n', '{}\n', '{"type":"kv"}\n', '{"type":5,"request_id":"a"}\n'])(
  'a running plugin that sends %j is told before it is ended with cause protocol',
  async (line) => {
    await using stage = await openWith(`[restart]\npolicy = "never"\n[environment]\nSAYS = '''${line}'''\n`);
    await stage.act('start', 'says');
    await stage.untilState('says', 'failed');
    expect(await stage.capsule('says')).toMatchObject({ cause: 'protocol' });
    expect(await heard(stage)).toMatch(/"type":"error".*"error":\{"code":"invalid"/);
  },
);

it('an unknown type is answered with unknown_type and is no crime', async () => {
  const frame = '{"type":"weather","request_id":"w1","payload":{}}\n';
  await using stage = await openWith(`[environment]\nSAYS = '''${frame}'''\n`);
  await using follow = stage.items('log.read', { names: ['says'], follow: true, lines: 100 });
  await stage.act('start', 'says');
  for await (const item of follow) {
    if (/w1.*unknown_type/.test(String(item.lines))) break;
  }
  expect(await stage.status('says')).toMatchObject({ state: 'running', lastCrash: null });
});

it('an answer under a request id that nobody gave hurts only the plugin that sent it', async () => {
  await using stage = await PluginStage.open({
    'wrong-request-id': `${NEVER}[start]\ntimeout_ms = 300\n`,
    'echo-socket': '',
  });
  await stage.act('start', 'echo-socket');
  const { pid } = await stage.status('echo-socket');
  const outcome = await stage.act('start', 'wrong-request-id');
  expect(outcome.error?.code).toBe('failed');
  await stage.untilState('wrong-request-id', 'failed');
  expect(await stage.capsule('wrong-request-id')).toMatchObject({ cause: 'start-timeout' });
  expect(await stage.status('echo-socket')).toMatchObject({ state: 'running', pid, lastCrash: null });
});

it('bad health answers make it unhealthy, with the detail of the plugin', async () => {
  await using stage = await PluginStage.open({
    unhealthy: '[health]\ninterval_ms = 5\nunhealthy_after = 2\n',
  });
  await stage.act('start', 'unhealthy');
  const status = await stage.until('unhealthy', ({ health }) => health === 'unhealthy');
  expect(status).toMatchObject({ state: 'running', healthDetail: 'the database is away' });
  const why = (await runToru(stage.folder, ['why', 'unhealthy'])).stdout.replaceAll('\n', ' ');
  expect(why).toContain('the database is away');
});

it('restart_after bad health answers it is restarted, with cause health', async () => {
  await using stage = await PluginStage.open({
    unhealthy: `${QUICK_STOP}[health]\ninterval_ms = 5\nrestart_after = 2\n[restart]\nlimit = 1\n`,
  });
  await stage.act('start', 'unhealthy');
  await stage.untilState('unhealthy', 'failed');
  const crashes = await stage.crashes('unhealthy');
  expect(crashes.map(({ cause, verdict }) => [cause, verdict])).toEqual([
    ['health', 'give-up'],
    ['health', 'restart'],
  ]);
  expect((await stage.capsule('unhealthy')).detail).toContain('the database is away');
});

it('a plugin that answers nothing to health is unhealthy by timeout', async () => {
  await using stage = await openWith('[health]\ninterval_ms = 5\ntimeout_ms = 50\nunhealthy_after = 1\n');
  await stage.act('start', 'says');
  const status = await stage.until('says', ({ health }) => health === 'unhealthy');
  expect(status.healthDetail).toMatch(/50 ms/);
});

it('a plugin that throws the core out is connected again with the same run, adopted', async () => {
  await using stage = await openWith('');
  await writePlugin(stage.paths, {
    id: 'says',
    metadata: { transport: 'socket', version: '1.1.0' },
    script: SAYS.replace('    for line in peer', '    count = 0\n    for line in peer')
      .replace(
        '            peer.sendall(',
        '            count += 1\n            inits = globals().get("inits", 0) + 1; globals()["inits"] = inits\n            peer.sendall(',
      )
      .concat('            if inits == 1: peer.shutdown(socket.SHUT_RDWR); break\n'),
  });
  await stage.call('plugin.scan');
  await using follow = stage.items('log.read', { names: ['says'], follow: true, lines: 100 });
  await stage.act('start', 'says');
  for await (const item of follow) {
    if (/\\"adopted\\":true/.test(String(item.lines))) break;
  }
  expect(await stage.status('says')).toMatchObject({ state: 'running', restarts: 0, lastCrash: null });
});

/** Speaks HTTP over the plugin's own socket, as a front would; the echo plugin passes kv on to torud. */
async function ask(stage: PluginStage, plugin: string, path: string): Promise<Record<string, unknown>> {
  const socket = connect(`${stage.paths.pluginSocketFolder}/${plugin}.sock`);
  try {
    const payload = { method: 'GET', path, query: '', headers: {} };
    socket.write(`${JSON.stringify({ type: 'http', request_id: `test-${path}`, payload })}\n`);
    for await (const line of createInterface({ input: socket })) {
      const { payload: answer } = JSON.parse(line) as { payload: { body: string } };
      return JSON.parse(answer.body) as Record<string, unknown>;
    }
    throw new Error(`${plugin} closed the connection`);
  } finally {
    socket.destroy();
  }
}

it('two plugins have keys of the same name without seeing each other', async () => {
  await using stage = await PluginStage.open({ 'echo-socket': '', 'echo-socket/second': '' });
  await stage.act('start', 'echo-socket');
  await stage.act('start', 'second');
  await ask(stage, 'echo-socket', '/kv-set?colour=red');
  await ask(stage, 'second', '/kv-set?colour=blue');
  expect(await ask(stage, 'echo-socket', '/kv-get?colour')).toEqual({ value: 'red', version: 1 });
  expect(await ask(stage, 'second', '/kv-get?colour')).toEqual({ value: 'blue', version: 1 });
  expect(await ask(stage, 'second', '/kv-delete?colour')).toEqual({ deleted: true });
  expect(await ask(stage, 'echo-socket', '/kv-list')).toEqual({ keys: ['colour'] });
});

it('the quota of a drop-in is kept, and the plugin is told', async () => {
  await using stage = await PluginStage.open({ 'echo-socket': '[kv]\nmax_keys = 1\n' });
  await stage.act('start', 'echo-socket');
  await ask(stage, 'echo-socket', '/kv-set?a=1');
  expect(await ask(stage, 'echo-socket', '/kv-set?b=2')).toMatchObject({ error: { code: 'too_large' } });
  expect(await ask(stage, 'echo-socket', '/kv-set?a=2')).toEqual({ version: 2 });
});

it('what was answered is still there after kill -9 of torud, for the CLI too', async () => {
  await using stage = await PluginStage.open({ 'echo-socket': '' });
  await stage.act('start', 'echo-socket');
  for (let index = 1; index <= 20; index += 1) {
    expect(await ask(stage, 'echo-socket', `/kv-set?n=${index}`)).toEqual({ version: index });
  }
  await stage.rig.killAndRestart();
  expect(await stage.call('kv.get', { plugin: 'echo-socket', key: 'n' })).toEqual({
    value: '20',
    version: 20,
  });
  expect((await runToru(stage.folder, ['kv', 'get', 'echo-socket', 'n'])).stdout.trim()).toBe('20');
});

it('if_version guards a key, and a key with a TTL goes away', async () => {
  await using stage = await PluginStage.open({ 'echo-socket': '' });
  const key = { plugin: 'echo-socket', key: 'k' };
  expect(await stage.call('kv.set', { ...key, value: 'a', ifVersion: 0 })).toEqual({ version: 1 });
  expect(await stage.call('kv.set', { ...key, value: 'b', ifVersion: 0 })).toMatchObject({
    error: { code: 'conflict' },
  });
  expect(await stage.call('kv.set', { ...key, value: 'c', ifVersion: 1, ttlMs: 1 })).toEqual({ version: 2 });
  for (;;) {
    const { value } = await stage.call('kv.get', key);
    if (value === null) break;
    expect(value).toBe('c');
  }
});
