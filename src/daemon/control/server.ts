/** The control server: takes connections, holds them to their limits together, and ends them in order. */

import type { Socket } from 'node:net';
import { MAX_CONNECTIONS, type WelcomeFrame } from '../../protocol/control/envelope.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure, messageOf, type Result, success } from '../../protocol/result.ts';
import { CAPABILITIES, CONTROL_PROTOCOL, VERSION } from '../../protocol/version.ts';
import type { Accounts } from '../base/accounts.ts';
import type { Clock } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { Access, type Caller, OPERATOR_GROUP, type RoleSource, socketMode } from './access.ts';
import { BufferSweep } from './buffer-sweep.ts';
import { ByteBudget } from './byte-budget.ts';
import { Connection, type ConnectionHost } from './connection.ts';
import type { Dispatcher } from './dispatcher.ts';
import { IpcServer } from './ipc-server.ts';
import {
  FAIR_SHARE,
  HAND_OVER_LINGER_MS,
  LINGER_MS,
  MAX_INPUT_BYTES,
  MAX_LINGERING,
  MAX_OUTPUT_BYTES,
  MAX_REQUESTS_TOGETHER,
} from './limits.ts';
import { type CredentialReader, loadCredentialReader } from './peer-credentials.ts';

const UPGRADING: ErrorBody = {
  ...errorBody('unavailable', 'torud is being upgraded', { hint: 'connect again' }),
  reconnect: true,
};

export interface ControlServerOptions {
  /** Path of the control socket. Nothing may be there (see instance-lock.ts). */
  readonly socketPath: string;
  readonly instanceId: string;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly log: SupervisorLog;
  readonly accounts: Accounts;
  /** Asked before the built-in roles. */
  readonly roleSources?: readonly RoleSource[];
  /** koffi, unless told otherwise. */
  readonly loadCredentials?: () => Promise<Result<CredentialReader, string>>;
}

export class ControlServer implements ConnectionHost {
  readonly clock: Clock;
  readonly dispatcher: Dispatcher;
  readonly #options: ControlServerOptions;
  readonly #access: Access;
  readonly #connections = new Map<Socket, Connection>();
  /** Those that count: their requests are served. The others in `#connections` have had their last word. */
  readonly #served = new Set<Connection>();
  readonly #lingering = new Set<Connection>();
  readonly #input = new ByteBudget<Connection>(MAX_INPUT_BYTES, (connection) => {
    connection.end(errorBody('busy', 'too many unfinished requests are held', { hint: 'try again' }));
  });
  readonly #output = new ByteBudget<Connection>(MAX_OUTPUT_BYTES, (connection) => this.onStalled(connection));
  readonly #sweep = new BufferSweep();
  #ipc: IpcServer | undefined;
  /** Listened on files that were deleted; their connections go on. */
  readonly #former: IpcServer[] = [];
  #readCredentials: CredentialReader | undefined;
  #problems: readonly string[] = [];
  /** What whoever still comes is told, once the server ends. */
  #lastWord: ErrorBody | undefined;
  #onIdle: (() => void) | undefined;

  constructor(options: ControlServerOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.dispatcher = options.dispatcher;
    this.#access = new Access(process.getuid?.() ?? 0, options.accounts, options.roleSources);
  }

  /**
   * Begins to serve. Failure: one line that names the socket. Call once.
   * @param inheritedFd listens on the socket already, for a torud that this one replaces
   */
  async listen(inheritedFd?: number): Promise<Result<void, string>> {
    const credentials = await (this.#options.loadCredentials ?? loadCredentialReader)();
    if (credentials.ok) this.#readCredentials = credentials.value;
    else this.#problems = [`${credentials.failure}; only root and torud's own user may connect`];
    const listening = await this.#listen(inheritedFd);
    return listening.ok ? success(undefined) : listening;
  }

  /**
   * Makes the socket's file anew after somebody deleted it. Whoever is connected stays so. Failure: one line; to be
   * called again.
   */
  async listenAgain(): Promise<Result<void, string>> {
    if (this.#lastWord !== undefined) return success(undefined);
    const former = this.#ipc;
    this.#ipc = undefined;
    if (former !== undefined) {
      former.stopListening(true);
      this.#former.push(former);
    }
    const listening = await this.#listen(undefined);
    // It was told to end meanwhile.
    if (listening.ok && this.#hasEnded()) listening.value.stopListening(false);
    return listening.ok ? success(undefined) : listening;
  }

  #hasEnded(): boolean {
    return this.#lastWord !== undefined;
  }

  async #listen(inheritedFd: number | undefined): Promise<Result<IpcServer, string>> {
    const group = process.getuid?.() === 0 ? this.#options.accounts.group(OPERATOR_GROUP) : undefined;
    const ipc = new IpcServer(
      {
        path: this.#options.socketPath,
        mode: socketMode(this.#readCredentials !== undefined),
        gid: group?.gid,
      },
      {
        onConnected: (socket) => this.#onConnected(socket),
        onData: (socket, data) => {
          this.#sweep.onBytes(data.length);
          this.#connections.get(socket)?.onData(data);
        },
        onClosed: (socket) => this.#onClosed(socket),
        onFault: (thrown) => this.onFault(thrown),
      },
      inheritedFd,
    );
    const listening = await ipc.listen();
    if (!listening.ok) return failure(listening.failure);
    this.#ipc = ipc;
    return success(ipc);
  }

  /**
   * Takes no more connections, sends answers that are ready, ends all other requests with `unavailable`, and waits
   * (a second at most) until clients have read that.
   */
  close(): Promise<void> {
    const error = errorBody('unavailable', 'torud is shutting down', { hint: 'try again when it is back' });
    return this.#end(error, { keepsFile: false, lingerMs: LINGER_MS });
  }

  /**
   * Ends as `close` does, but leaves the socket to the version that follows: whoever connects from now on waits in the
   * backlog of `duplicate`'s copy. What was asked and is not answered by then is to be asked again there.
   * @returns what `duplicate` made of the listening descriptor; undefined when it made none, and the socket is gone
   */
  async handOver(duplicate: (fd: number) => number | undefined): Promise<number | undefined> {
    const fd = this.#ipc?.descriptor;
    const copy = fd === undefined ? undefined : duplicate(fd);
    await this.#end(UPGRADING, { keepsFile: copy !== undefined, lingerMs: HAND_OVER_LINGER_MS });
    return copy;
  }

  async #end(error: ErrorBody, how: { readonly keepsFile: boolean; readonly lingerMs: number }) {
    const ipc = this.#ipc;
    this.#ipc = undefined;
    this.#lastWord = error;
    if (ipc === undefined) return;
    ipc.stopListening(how.keepsFile);
    // What handlers have just answered (daemon.stop for one) gets out first.
    await new Promise((resolve) => setImmediate(resolve));
    for (const connection of [...this.#served]) connection.endAll(error);
    await this.#idle(how.lingerMs);
    ipc.close();
    for (const former of this.#former.splice(0)) former.close();
  }

  /** What ails the server, for `daemon.status`. */
  problems(): readonly string[] {
    return this.#problems;
  }

  get connectionCount(): number {
    return this.#served.size;
  }

  welcome(caller: Caller): WelcomeFrame {
    return {
      welcome: {
        protocol: CONTROL_PROTOCOL,
        daemon: `torud/${VERSION}`,
        instanceId: this.#options.instanceId,
        capabilities: CAPABILITIES,
        role: caller.role,
      },
    };
  }

  admits(connection: Connection): boolean {
    if (connection.requestsInFlight < FAIR_SHARE) return true;
    let together = 0;
    for (const other of this.#served) together += other.requestsInFlight;
    return together < MAX_REQUESTS_TOGETHER;
  }

  onInputHeld(connection: Connection, bytes: number, hasMoved: boolean): void {
    if (this.#served.has(connection)) this.#input.set(connection, bytes, hasMoved);
  }

  onSent(length: number): void {
    this.#sweep.onBytes(length);
  }

  onOutputHeld(connection: Connection, bytes: number, hasMoved: boolean): void {
    if (this.#served.has(connection)) this.#output.set(connection, bytes, hasMoved);
  }

  onEnded(connection: Connection): void {
    this.#served.delete(connection);
    this.#input.remove(connection);
    this.#output.remove(connection);
    this.#lingering.add(connection);
    if (this.#lingering.size <= MAX_LINGERING) return;
    for (const oldest of this.#lingering) {
      this.#lingering.delete(oldest);
      oldest.destroy();
      return;
    }
  }

  onStalled(connection: Connection): void {
    this.#options.log.write('warning', 'control-client-stalled', {
      client: connection.client,
      actor: connection.caller.actor,
    });
    connection.destroy();
  }

  onFault(thrown: unknown): void {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    this.#options.log.write('error', 'control-fault', { reason: messageOf(thrown), stack });
  }

  #onConnected(socket: Socket): void {
    const caller = this.#identify(socket);
    if (caller === undefined) {
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, caller, this);
    this.#connections.set(socket, connection);
    const isFull = this.#served.size >= MAX_CONNECTIONS;
    this.#served.add(connection);
    if (this.#lastWord !== undefined) connection.end(this.#lastWord);
    else if (isFull) {
      const message = `all ${MAX_CONNECTIONS} connections of the control socket are taken`;
      connection.end(errorBody('busy', message, { hint: 'try again when another client has left' }));
    }
  }

  /** Undefined: the peer is gone already. */
  #identify(socket: Socket): Caller | undefined {
    if (this.#readCredentials === undefined) return this.#access.callerOf(undefined);
    const peer = this.#readCredentials(socket);
    return peer === undefined ? undefined : this.#access.callerOf(peer);
  }

  #onClosed(socket: Socket): void {
    const connection = this.#connections.get(socket);
    this.#connections.delete(socket);
    if (connection === undefined) return;
    connection.onClosed();
    this.#lingering.delete(connection);
    if (this.#connections.size === 0) this.#onIdle?.();
  }

  #idle(limitMs: number): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.clock.setTimer(resolve, limitMs);
      this.#onIdle = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
