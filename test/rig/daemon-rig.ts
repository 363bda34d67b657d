/** Runs the real torud on a temporary root: start, kill -9, start again, stop; nothing is left behind. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { openControl } from './control-connection.ts';
import { endProcessesOf, waitUntilGone } from './leftover-processes.ts';
import { cleanEnvironment, TORUD } from './programs.ts';
import { awaitSocket } from './socket-ready.ts';
import { makeTemporaryRoot, type TemporaryRoot } from './temporary-root.ts';

/** Longest wait for readiness and for an orderly end. */
const LIMIT_MS = 20_000;

export interface DaemonOptions {
  /** bin/torud of another installation. */
  readonly program?: string;
  /** More arguments after `--root DIR`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface DaemonExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One life of torud. */
interface Life {
  readonly child: ChildProcess;
  readonly exit: Promise<DaemonExit>;
  stdout: string;
  stderr: string;
}

export class DaemonRig implements AsyncDisposable {
  readonly root: TemporaryRoot;
  readonly #options: DaemonOptions;
  #life: Life | undefined;
  /** After a kill nobody stops the plugins in order: then leftovers are no fault. */
  #wasKilled = false;

  constructor(root: TemporaryRoot, options: DaemonOptions = {}) {
    this.root = root;
    this.#options = options;
  }

  get folder(): string {
    return this.root.folder;
  }

  get paths(): TemporaryRoot['paths'] {
    return this.root.paths;
  }

  /** Pid of the torud that runs now. */
  get pid(): number {
    const pid = this.#life?.child.pid;
    if (pid === undefined) throw new Error('torud does not run');
    return pid;
  }

  /** What the torud of now, or the last one, wrote to stderr so far. */
  get stderr(): string {
    return this.#life?.stderr ?? '';
  }

  /** Starts torud and waits until the control socket accepts. Throws with its stderr when it ends instead. */
  async start(options: DaemonOptions = {}): Promise<void> {
    if (this.#isAlive()) throw new Error('torud runs already');
    const life = this.#launch(options);
    this.#life = life;
    this.#wasKilled = false;
    const aborter = new AbortController();
    const ended = life.exit.then((exit) => {
      throw new Error(
        `torud ended with ${exit.code ?? exit.signal} before it was ready: ${exit.stderr.trim()}`,
      );
    });
    const ready = awaitSocket(
      this.paths.controlSocket,
      AbortSignal.any([aborter.signal, AbortSignal.timeout(LIMIT_MS)]),
    );
    try {
      await Promise.race([ready, ended]);
    } finally {
      // Whoever lost the race rejects now or later; the race has taken that already.
      aborter.abort();
    }
  }

  /** Starts one more torud and waits for its end: for starts that are meant to be refused. */
  async startAndEnd(options: DaemonOptions = {}): Promise<DaemonExit> {
    return this.#launch(options).exit;
  }

  /** Stops plugins and torud in order (`daemon.stop`). */
  async stop(): Promise<DaemonExit> {
    const life = this.#running();
    const connection = await openControl(this.paths.controlSocket);
    connection.send({ id: 1, method: 'daemon.stop', params: {} });
    const exit = await life.exit;
    connection.close();
    return exit;
  }

  /** Waits for the end of torud, whoever asked for it. */
  async ended(): Promise<DaemonExit> {
    if (this.#life === undefined) throw new Error('torud was never started');
    return this.#life.exit;
  }

  /** kill -9: plugins and shims go on. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Sends a signal that ends torud, and waits for that. */
  async end(signal: NodeJS.Signals): Promise<DaemonExit> {
    const life = this.#running();
    this.#wasKilled = signal === 'SIGKILL';
    life.child.kill(signal);
    return life.exit;
  }

  /** kill -9 and a new torud on the same root. */
  async killAndRestart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** Stops everything; throws when an orderly stop left a process behind. Always removes the root. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { folder } = this;
    try {
      if (this.#isAlive())
        await withLimit(this.stop(), `torud did not stop within ${LIMIT_MS} ms\n`, () => this.stderr);
      const left = this.#wasKilled ? [] : await waitUntilGone(folder, 2_000);
      if (left.length > 0)
        throw new Error(`left behind: ${left.map((one) => `${one.pid} ${one.command}`).join('; ')}`);
    } finally {
      await endProcessesOf(folder);
      await this.root[Symbol.asyncDispose]();
    }
  }

  #isAlive(): boolean {
    const child = this.#life?.child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  #running(): Life {
    if (this.#life === undefined || !this.#isAlive()) throw new Error('torud does not run');
    return this.#life;
  }

  #launch(options: DaemonOptions): Life {
    // So that there is a folder to watch for the socket.
    mkdirSync(this.paths.runFolder, { recursive: true, mode: 0o700 });
    const args = ['--root', this.folder, ...(options.args ?? this.#options.args ?? [])];
    const env = cleanEnvironment(this.folder, { ...this.#options.env, ...options.env });
    const child = spawn(options.program ?? this.#options.program ?? TORUD, args, {
      cwd: this.folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const life: Life = { child, stdout: '', stderr: '', exit: once(child, 'close').then(() => exitOf(life)) };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      life.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      life.stderr += text;
    });
    return life;
  }
}

/** A torud that is ready, on a root of its own. Use with `await using`. */
export async function startDaemon(options: DaemonOptions = {}): Promise<DaemonRig> {
  const rig = new DaemonRig(await makeTemporaryRoot(), options);
  try {
    await rig.start();
    return rig;
  } catch (thrown) {
    await rig[Symbol.asyncDispose]();
    throw thrown;
  }
}

function exitOf(life: Life): DaemonExit {
  return {
    code: life.child.exitCode,
    signal: life.child.signalCode,
    stdout: life.stdout,
    stderr: life.stderr,
  };
}

async function withLimit<Value>(work: Promise<Value>, what: string, details: () => string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(what + details())), LIMIT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
