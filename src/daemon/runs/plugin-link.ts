/**
 * The link between torud and one run of a plugin that speaks the protocol: waits for its socket, connects, sends
 * `init`, and connects again when the connection is lost while the plugin lives.
 *
 * ```
 *   waiting ──socket appears──▶ connecting ──connected──▶ init sent ──answered──▶ ready
 *      ▲                             │ refused, retry         │ lost                │ lost
 *      └─────────────────────────────┴────────────────────────┴──── reconnect ◀─────┘
 * ```
 */

import { existsSync } from 'node:fs';
import type { InitRequest, ReloadRequest } from '../../protocol/plugin/messages.ts';
import { PLUGIN_PROTOCOL } from '../../protocol/version.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { FolderEvents } from './folder-events.ts';
import { type PluginAnswer, PluginConnection, type ServePlugin } from './plugin-connection.ts';
import type { SocketAccess } from './socket-access.ts';

export interface LinkOptions {
  readonly socketPath: string;
  readonly clock: Clock;
  readonly socketFolder: FolderEvents;
  /** Given where other users can reach the socket's folder: what is there is looked at before it is spoken to. */
  readonly access: SocketAccess | undefined;
  readonly serve: ServePlugin;
  /** What `init` says; `adopted` is decided by the link. */
  readonly init: Omit<InitRequest, 'adopted' | 'action' | 'protocol'>;
  /** True when the plugin has been initialised before, by this torud or one before it. */
  readonly isAdopted: boolean;
  /** Milliseconds for `init` to be answered, and for a lost connection to come back. */
  readonly timeoutMs: number;
  readonly onReady: () => void;
  readonly onViolation: (detail: string) => void;
}

/** Between bind(2) and listen(2) of the plugin a connect is refused; such a moment is short. */
const RETRY_DELAYS_MS = [1, 2, 5, 10, 20, 50, 100, 250, 500, 1000];
/** A plugin that throws us out so often without a stretch of quiet does not keep to the protocol. */
const MAX_LOSSES = 10;
const QUIET_MS = 60_000;

export class PluginLink {
  readonly #options: LinkOptions;
  readonly #forgetFile: () => void;
  #config: InitRequest['config'];
  #connection: PluginConnection | undefined;
  #isReady = false;
  #wasInitialised: boolean;
  #isClosed = false;
  #attempt = 0;
  #retryTimer: Timer | undefined;
  #lossDeadline: Timer | undefined;
  #lossTimes: number[] = [];

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#config = options.init.config;
    this.#wasInitialised = options.isAdopted;
    const fileName = options.socketPath.slice(options.socketPath.lastIndexOf('/') + 1);
    this.#forgetFile = options.socketFolder.listen(fileName, () => this.#connectSoon());
    if (options.isAdopted) this.#limitAbsence('it took no connection of a torud that was started again');
    if (existsSync(options.socketPath)) this.#connect();
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Asks the plugin; `unavailable` while there is no initialised connection. */
  request(type: 'health' | 'lifecycle' | 'http', payload: object, timeoutMs: number): Promise<PluginAnswer> {
    if (!this.#isReady || this.#connection === undefined) {
      return Promise.resolve({ ok: false, failure: { code: 'unavailable', message: 'not connected' } });
    }
    return this.#connection.request(type, payload, timeoutMs);
  }

  /** Sends `reload`; its config is that of each later `init` once the plugin has taken it. */
  async reload(config: InitRequest['config'], timeoutMs: number): Promise<PluginAnswer> {
    const request: ReloadRequest = { action: 'reload', config };
    const answer = await this.request('lifecycle', request, timeoutMs);
    if (answer.ok) this.#config = config;
    return answer;
  }

  close(): void {
    this.#isClosed = true;
    this.#forgetFile();
    this.#retryTimer?.cancel();
    this.#lossDeadline?.cancel();
    this.#connection?.close();
  }

  /** The socket file appeared or changed: try at once instead of waiting for the retry timer. */
  #connectSoon(): void {
    if (this.#connection === undefined && existsSync(this.#options.socketPath)) {
      this.#attempt = 0;
      this.#connect();
    }
  }

  #connect(): void {
    if (this.#isClosed || this.#connection !== undefined) return;
    this.#retryTimer?.cancel();
    const { socketPath, clock, serve, access } = this.#options;
    const door = access?.isContested === true ? access.open(socketPath) : undefined;
    // The file's next change has it looked at again.
    if (access?.isContested === true && door === undefined) return;
    access?.admit(socketPath);
    const connection = new PluginConnection({
      socketPath: door?.path ?? socketPath,
      clock,
      serve,
      onConnected: () => void this.#initialise(connection),
      onClosed: () => this.#onClosed(),
      onViolation: (detail) => this.#violate(detail),
    });
    // connect(2) to a Unix socket is over by now, however it went.
    door?.close();
    this.#connection = connection;
  }

  async #initialise(connection: PluginConnection): Promise<void> {
    this.#attempt = 0;
    const request: InitRequest = {
      action: 'init',
      protocol: PLUGIN_PROTOCOL,
      ...this.#options.init,
      config: this.#config,
      adopted: this.#wasInitialised,
    };
    const answer = await connection.request('lifecycle', request, this.#options.timeoutMs);
    if (this.#isClosed || this.#connection !== connection) return;
    if (!answer.ok) {
      // A lost connection is tried again and a silent plugin has its start time limit; a refusal is final.
      if (answer.failure.code === 'unavailable' || answer.failure.code === 'timeout') return;
      this.#violate(`it refused init: ${answer.failure.code}: ${answer.failure.message}`);
      return;
    }
    if (answer.value.ready !== true) {
      this.#violate('it answered init without "ready": true');
      return;
    }
    this.#wasInitialised = true;
    this.#isReady = true;
    this.#lossDeadline?.cancel();
    this.#lossDeadline = undefined;
    this.#options.onReady();
  }

  #onClosed(): void {
    this.#connection = undefined;
    if (this.#isClosed) return;
    if (this.#isReady) this.#onLost();
    if (this.#isClosed) return;
    const delayMs = RETRY_DELAYS_MS[Math.min(this.#attempt, RETRY_DELAYS_MS.length - 1)] ?? 1000;
    this.#attempt += 1;
    this.#retryTimer = this.#options.clock.setTimer(() => {
      if (existsSync(this.#options.socketPath)) this.#connect();
    }, delayMs);
  }

  #onLost(): void {
    this.#isReady = false;
    const now = this.#options.clock.monotonic();
    this.#lossTimes = [...this.#lossTimes.filter((time) => now - time < QUIET_MS), now];
    if (this.#lossTimes.length > MAX_LOSSES) {
      this.#violate(`it closed the connection ${this.#lossTimes.length} times within a minute`);
      return;
    }
    this.#limitAbsence('it closed the connection and took no new one');
  }

  #limitAbsence(what: string): void {
    const { clock, timeoutMs } = this.#options;
    this.#lossDeadline ??= clock.setTimer(() => this.#violate(`${what} for ${timeoutMs} ms`), timeoutMs);
  }

  #violate(detail: string): void {
    if (this.#isClosed) return;
    this.close();
    this.#options.onViolation(detail);
  }
}
