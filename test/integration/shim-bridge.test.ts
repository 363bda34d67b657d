import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SHIM_BUILDS, ShimRig, type ShimRun, untilSeen } from '../fixtures/shim/rig.ts';

/** What a client has received, and a way to wait for more of it. */
class Client {
  readonly socket: Socket;
  received = '';
  readonly #closed: Promise<void>;

  constructor(path: string) {
    this.socket = createConnection(path);
    this.socket.setEncoding('utf8');
    this.socket.on('data', (text) => {
      this.received += text;
    });
    this.#closed = new Promise((fulfil) => {
      this.socket.on('close', () => fulfil());
    });
    this.socket.on('error', (error) => {
      this.received += `error: ${error.message}`;
    });
  }

  async until(text: string): Promise<void> {
    await new Promise<void>((fulfil, reject) => {
      const look = () => this.received.includes(text) && fulfil();
      this.socket.on('data', look);
      this.socket.on('close', () =>
        reject(new Error(`closed before ${text}: ${this.received.slice(0, 200)}`)),
      );
      look();
    });
  }

  /** Fulfilled when the bytes are on their way. */
  async write(text: string): Promise<void> {
    await new Promise((fulfil) => this.socket.write(text, fulfil));
  }

  /** Also with a reset: what was still under way when the shim closed is nobody's any more. */
  async closed(): Promise<void> {
    await this.#closed;
  }

  /** Closes without a word and waits until that is done on this side. */
  async leave(): Promise<void> {
    this.socket.destroy();
    await this.closed();
  }
}

/** Answers each line with `got LINE`; knows some words besides. */
const ECHO = `
  const { writeSync } = require('node:fs');
  const all = (text) => { for (let b = Buffer.from(text); b.length > 0; ) b = b.subarray(writeSync(1, b)); };
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'half') return all('{"half":');
    if (line === 'rest') return all('"rest"}\\nwhole\\n');
    if (line === 'log') return writeSync(2, 'a log line\\n');
    if (line === 'big') return all('y'.repeat(5000000) + '\\n');
    if (line === 'end') return process.exit(6);
    if (line.length > 100) return all('got ' + line.length + '\\n');
    all('got ' + line + '\\n');
  });
`;

describe.each(SHIM_BUILDS)('the stdio bridge of %s', (build) => {
  let rig: ShimRig;
  let run: ShimRun;
  let path: string;
  const clients: Client[] = [];
  beforeEach(() => {
    rig = new ShimRig(build);
    path = rig.path('demo.sock');
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    await rig.dispose();
  });

  const start = async (script = ECHO) => {
    run = rig.node(script, { stdio: path });
    await run.event('started');
  };
  const connect = () => {
    const client = new Client(path);
    clients.push(client);
    return client;
  };

  test('carries lines both ways, and stderr is the log', async () => {
    await start();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const client = connect();
    client.socket.write('one\ntwo\nlog\n');
    await client.until('got two\n');
    expect(client.received).toBe('got one\ngot two\n');
    expect(await run.line('a log line')).toMatchObject({ stream: 'stderr' });
    client.socket.write('end\n');
    await client.closed();
    const events = await run.finished();
    expect(events.at(-2)).toMatchObject({ event: 'exited', code: 6 });
    expect(existsSync(path)).toBe(false);
  });

  test('a line goes on only when it is whole', async () => {
    await start();
    const client = connect();
    client.socket.write('a');
    client.socket.write('b');
    client.socket.write('c\n');
    await client.until('\n');
    expect(client.received).toBe('got abc\n');
  });

  test('a client that leaves inside a line takes that line with it', async () => {
    await start();
    const first = connect();
    first.socket.write('one\nhal');
    await first.until('got one\n');
    await first.leave();
    const second = connect();
    second.socket.write('two\n');
    await second.until('\n');
    expect(second.received).toBe('got two\n');
  });

  test('what a former client got of a line is not continued at the next one', async () => {
    await start();
    const first = connect();
    first.socket.write('half\n');
    await first.until('{"half":');
    await first.leave();
    const second = connect();
    second.socket.write('rest\n');
    await second.until('whole\n');
    expect(second.received).toBe('whole\n');
  });

  test('without a client the plugin waits, and the next client gets all of it', async () => {
    const open = rig.gate('go');
    await start(`
      const { openSync, readSync, writeSync, writeFileSync } = require('node:fs');
      const all = (text) => { for (let b = Buffer.from(text); b.length > 0; ) b = b.subarray(writeSync(1, b)); };
      readSync(openSync('go', 'r'), Buffer.alloc(2));
      all('early\\n');
      writeFileSync('early', '');
      for (let i = 0; i < 20; i++) all('z'.repeat(99999) + '\\n');
      all('last\\n');
      writeFileSync('last', '');
      setInterval(() => undefined, 1_000_000);
    `);
    open();
    await untilSeen(rig.folder, () => existsSync(rig.path('early')) || undefined);
    // The pipe takes 64 KiB: the plugin cannot have come to the end of 2 MB.
    expect(existsSync(rig.path('last'))).toBe(false);
    const client = connect();
    await client.until('last\n');
    expect(client.received.length).toBe(6 + 20 * 100_000 + 5);
    expect(client.received.startsWith('early\nzz')).toBe(true);
  });

  test('one client is served at a time, the next one after it', async () => {
    await start();
    const first = connect();
    first.socket.write('one\n');
    await first.until('got one\n');
    const second = connect();
    second.socket.write('two\n');
    first.socket.write('three\n');
    await first.until('got three\n');
    expect(second.received).toBe('');
    await first.leave();
    await second.until('got two\n');
  });

  test('lines of megabytes pass, one of more than 8 MiB ends the connection and not the plugin', async () => {
    await start();
    const first = connect();
    first.socket.write(`${'x'.repeat(4 << 20)}\nbig\n`);
    await first.until(`got ${4 << 20}\n`);
    while (first.received.length < 5_000_000) await once(first.socket, 'data');
    first.socket.write('x'.repeat((8 << 20) + 100_000));
    await first.closed();
    const second = connect();
    second.socket.write('fine\n');
    await second.until('got fine\n');
  });

  test('a client that does not read holds up the plugin only, and may leave at any moment', async () => {
    await start();
    const first = connect();
    first.socket.pause();
    first.socket.write('big\nbig\nbig\n');
    // Filling the socket is seen by its first bytes.
    await once(first.socket, 'readable');
    await first.leave();
    const second = connect();
    second.socket.write('after\n');
    await second.until('got after\n');
    const [torn = ''] = second.received.split('\n');
    expect(torn.length === 5_000_000 || torn === 'got after').toBe(true);
  });

  test('when the plugin closes its stdout the client is sent away, and the plugin goes on', async () => {
    const open = rig.gate('go');
    run = rig.shell('echo bye; exec >&-; read x < go; echo still here >&2; exit 3', { stdio: path });
    await run.event('started');
    const client = connect();
    await client.closed();
    expect(client.received).toBe('bye\n');
    open();
    const events = await run.finished();
    expect(run.lines().map((line) => line.message)).toEqual(['still here']);
    expect(events.at(-2)).toMatchObject({ code: 3 });
  });

  test('a plugin that closed its stdin still speaks', async () => {
    const open = rig.gate('go');
    run = rig.shell('exec <&-; read x < go; echo heard', { stdio: path });
    await run.event('started');
    const client = connect();
    await client.write('nobody\nreads\n');
    open();
    await client.until('heard\n');
    await run.finished();
  });

  test('the last words of a plugin reach its client', async () => {
    await start(`
      const { writeSync } = require('node:fs');
      process.stdin.once('data', () => {
        for (let b = Buffer.from('w'.repeat(60000) + '\\n'); b.length > 0; ) b = b.subarray(writeSync(1, b));
        process.kill(process.pid, 'SIGKILL');
      });
    `);
    const client = connect();
    client.socket.write('die\n');
    await client.closed();
    expect(client.received.length).toBe(60_001);
    const events = await run.finished();
    expect(events.at(-2)).toMatchObject({ signal: 'SIGKILL' });
  });

  test('a stale file at the place of the socket is replaced', async () => {
    writeFileSync(path, '');
    await start();
    const client = connect();
    client.socket.write('x\n');
    await client.until('got x\n');
  });
});
