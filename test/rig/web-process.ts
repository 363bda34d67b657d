/** The HTTP module as it is shipped: a process of its own, started by a torud; with somebody signed in, and an eye on its memory. */

import { cp, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { writeDropIn } from './plugin-fixture.ts';
import { PluginStage } from './plugin-stage.ts';
import { CHECKOUT } from './programs.ts';

const PASSWORD = 'correct horse battery';
const KIB = 1024;
/** How long one request may take while the module is attacked; one that is not served is what tests look for. */
const SERVED_MS = 20_000;

export interface Answered {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export class WebProcess implements AsyncDisposable {
  readonly stage: PluginStage;
  readonly pid: number;
  readonly port: number;
  /** Cookie and X-CSRF-Token of the admin. */
  readonly headers: Readonly<Record<string, string>>;
  readonly #sockets = new Set<Socket>();

  private constructor(
    stage: PluginStage,
    pid: number,
    port: number,
    headers: Readonly<Record<string, string>>,
  ) {
    this.stage = stage;
    this.pid = pid;
    this.port = port;
    this.headers = headers;
  }

  /** @param prepare puts more into the root before torud starts */
  static async open(
    prepare: (stage: PluginStage) => Promise<void> = async () => undefined,
  ): Promise<WebProcess> {
    const stage = await PluginStage.make();
    try {
      await prepare(stage);
      await cp(join(CHECKOUT, 'dist/plugins/web'), join(stage.paths.pluginFolder, 'web'), {
        recursive: true,
      });
      const environment = `[environment]\nSTEERING_PORT = "0"\nADMIN_PASSWORD = "${PASSWORD}"\n`;
      await writeDropIn(stage.paths, 'web', environment);
      await stage.rig.start();
      const { error } = await stage.act('enable', 'web');
      if (error !== undefined) throw new Error(JSON.stringify(error));
      const { pid } = await stage.status('web');
      const log = await readFile(join(stage.paths.pluginLogFolder, 'web.log'), 'utf8');
      const port = Number(/listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(log)?.[1]);
      return new WebProcess(stage, pid ?? 0, port, await signIn(port));
    } catch (thrown) {
      await stage[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  get(path: string, headers = this.headers): Promise<Answered> {
    return ask(this.port, 'GET', path, headers);
  }

  send(
    method: string,
    path: string,
    body: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered> {
    const fields = { 'content-type': 'application/json', ...this.headers, ...headers };
    return ask(this.port, method, path, fields, body);
  }

  /** A connection; it is destroyed with all others at the end. */
  connect(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, '127.0.0.1', () => resolve(socket));
      this.#sockets.add(socket);
      socket.once('error', reject);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  closeConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Text of its log. */
  log(): Promise<string> {
    return readFile(join(this.stage.paths.pluginLogFolder, 'web.log'), 'utf8');
  }

  /** Its resident memory now, in bytes (proc_pid_status(5)). */
  async resident(): Promise<number> {
    return this.#memory('VmRSS');
  }

  /** The most that was resident since the last `forgetPeak`. */
  async peak(): Promise<number> {
    return this.#memory('VmHWM');
  }

  /** Begins to watch for the peak anew (proc_pid_clear_refs(5)). */
  async forgetPeak(): Promise<void> {
    await writeFile(`/proc/${this.pid}/clear_refs`, '5');
  }

  async #memory(key: string): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * KIB;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closeConnections();
    await this.stage[Symbol.asyncDispose]();
  }
}

async function signIn(port: number): Promise<Readonly<Record<string, string>>> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: PASSWORD }),
  });
  const { csrfToken } = (await answer.json()) as { csrfToken: string };
  return { cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '', 'x-csrf-token': csrfToken };
}

/** On a connection of its own; throws when no whole answer comes in time. */
function ask(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(SERVED_MS);
    const outgoing = request(
      { host: '127.0.0.1', port, method, path, headers, agent: false, signal },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        incoming.on('error', reject);
        const type = incoming.headers['content-type'] ?? '';
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, type, text }));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
