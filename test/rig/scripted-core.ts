/** Plays torud for one plugin in a temporary folder: starts the program as torud would, and speaks to it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, watch } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PluginPeer, ScriptedStore } from './plugin-peer.ts';

export interface ScriptedCoreOptions {
  /** The plugin's folder with its plugin.json, whose command is run. */
  readonly plugin?: string;
  /** argv instead of the one in plugin.json. */
  readonly command?: readonly string[];
  readonly transport?: 'socket' | 'stdio' | 'none';
  readonly environment?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const RUN_ID = 7;
/** Delay before a socket that is bound but not yet listened on is tried again: `listen` leaves no trace to wait for. */
const LISTEN_RETRY_MS = 2;

export class ScriptedCore {
  readonly store = new ScriptedStore();
  readonly process: ChildProcess;
  /** Settles when the program has ended and its output was read. */
  readonly ended: Promise<ProcessEnd>;
  readonly dataFolder: string;
  readonly socketPath: string;
  /** All that came on stderr so far, and on stdout unless that is the wire. */
  output = '';
  readonly #folder: string;
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #stdio: PluginPeer | undefined;
  readonly #outputListeners = new Set<() => void>();

  private constructor(folder: string, options: ScriptedCoreOptions) {
    this.#folder = folder;
    this.#config = options.config ?? {};
    this.dataFolder = join(folder, 'data');
    this.socketPath = join(folder, 'run', 'plugin.sock');
    const { command, transport, id } = describe(options);
    const [program = '', ...args] = command;
    this.process = spawn(program, args, {
      cwd: this.dataFolder,
      // A group of its own, as under toru-shim: so that all of it can be ended.
      detached: true,
      env: {
        PATH: process.env.PATH,
        TORU_PLUGIN_ID: id,
        TORU_SOCKET: this.socketPath,
        TORU_DATA_DIR: this.dataFolder,
        TORU_LOG_PATH: join(folder, 'plugin.log'),
        TORU_INSTANCE_ID: '00000000-0000-4000-8000-000000000000',
        TORU_RUN_ID: String(RUN_ID),
        TORU_PROTOCOL: '1',
        ...options.environment,
      },
    });
    const { stdin, stdout, stderr } = this.process;
    if (stdin === null || stdout === null || stderr === null) throw new Error('the streams are pipes');
    this.ended = once(this.process, 'close').then(([code, signal]) => ({ code, signal }));
    stderr.on('data', (chunk: Buffer) => this.#onOutput(chunk));
    if (transport === 'stdio') this.#stdio = new PluginPeer(stdout, stdin, this.store);
    else stdout.on('data', (chunk: Buffer) => this.#onOutput(chunk));
  }

  static async start(options: ScriptedCoreOptions): Promise<ScriptedCore> {
    const folder = await mkdtemp(join(tmpdir(), 'toru-core-'));
    await mkdir(join(folder, 'data'), { mode: 0o700 });
    await mkdir(join(folder, 'run'));
    return new ScriptedCore(folder, options);
  }

  /** A new connection to the plugin, once it listens; for stdio the one that there is. */
  async connect(): Promise<PluginPeer> {
    if (this.#stdio !== undefined) return this.#stdio;
    await this.#socketAppeared();
    const socket = await this.#open();
    return new PluginPeer(socket, socket, this.store);
  }

  /** The payload of `init` for this run. */
  initPayload(isAdopted = false): Record<string, unknown> {
    return {
      action: 'init',
      protocol: 1,
      instance_id: '00000000-0000-4000-8000-000000000000',
      plugin_id: 'scripted',
      run_id: RUN_ID,
      socket_path: this.socketPath,
      log_path: join(this.#folder, 'plugin.log'),
      data_dir: this.dataFolder,
      config: this.#config,
      adopted: isAdopted,
    };
  }

  /** Connects and makes the handshake; answers with the connection. */
  async init(isAdopted = false): Promise<PluginPeer> {
    const peer = await this.connect();
    const answer = await peer.request('lifecycle', this.initPayload(isAdopted));
    if (answer.ready !== true) throw new Error(`init was answered with ${JSON.stringify(answer)}`);
    return peer;
  }

  /** Sends `init` and reads what comes, whatever it is, until it is enough. */
  async rawAnswer(isEnough: (text: string) => boolean): Promise<string> {
    await this.#socketAppeared();
    const socket = await this.#open();
    socket.write(
      `${JSON.stringify({ type: 'lifecycle', request_id: 'init', payload: this.initPayload() })}\n`,
    );
    let text = '';
    for await (const chunk of socket) {
      text += String(chunk);
      if (isEnough(text)) break;
    }
    return text;
  }

  /** Sends `shutdown` and waits for the process to end. */
  async shutdown(peer: PluginPeer): Promise<ProcessEnd> {
    const answer = await peer.request('lifecycle', { action: 'shutdown', reason: 'test', grace_ms: 10_000 });
    if (answer.ok !== true) throw new Error(`shutdown was answered with ${JSON.stringify(answer)}`);
    return this.ended;
  }

  /** Settles when all that the plugin has said so far fits; at once when it does already. */
  outputMatches(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!pattern.test(this.output)) return;
        this.#outputListeners.delete(look);
        resolve();
      };
      this.#outputListeners.add(look);
      look();
    });
  }

  /** Ends what is left of the program and removes the folder. */
  async dispose(): Promise<void> {
    const { pid } = this.process;
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown;
    }
    if (pid !== undefined) await this.ended;
    await rm(this.#folder, { recursive: true, force: true });
  }

  #onOutput(chunk: Buffer): void {
    this.output += chunk.toString('utf8');
    for (const listener of [...this.#outputListeners]) listener();
  }

  #socketAppeared(): Promise<void> {
    return new Promise((resolve, reject) => {
      const watcher = watch(join(this.#folder, 'run'), () => look());
      const finish = (settle: () => void) => {
        watcher.close();
        settle();
      };
      const look = () => {
        if (existsSync(this.socketPath)) finish(resolve);
      };
      void this.ended.then(() => finish(() => reject(new Error(`the plugin ended early:\n${this.output}`))));
      look();
    });
  }

  async #open(): Promise<Socket> {
    for (;;) {
      const socket = connect(this.socketPath);
      try {
        await once(socket, 'connect');
        return socket;
      } catch (thrown) {
        const isTooEarly = thrown instanceof Error && 'code' in thrown && thrown.code === 'ECONNREFUSED';
        if (!isTooEarly || this.process.exitCode !== null) throw thrown;
        await new Promise((resolve) => setTimeout(resolve, LISTEN_RETRY_MS));
      }
    }
  }
}

function describe(options: ScriptedCoreOptions): {
  command: readonly string[];
  transport: string;
  id: string;
} {
  const { plugin = '', command, transport } = options;
  if (command !== undefined) return { command, transport: transport ?? 'socket', id: 'scripted' };
  const manifest = JSON.parse(readFileSync(join(plugin, 'plugin.json'), 'utf8')) as {
    id: string;
    command: string[];
    transport?: string;
  };
  const [program = '', ...args] = manifest.command;
  return {
    command: [join(plugin, program), ...args],
    transport: manifest.transport ?? 'socket',
    id: manifest.id,
  };
}
