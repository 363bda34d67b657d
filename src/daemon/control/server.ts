/** The control server: takes connections, holds them to their limits together, and ends them in order. */

import type { Socket } from 'node:net';
import { MAX_CONNECTIONS, type WelcomeFrame } from '../../protocol/control/envelope.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure, messageOf, type Result, success } from '../../protocol/result.ts';
import { CAPABILITIES, CONTROL_PROTOCOL, VERSION } from '../../protocol/version.ts';
import type { Accounts } from '../base/accounts.ts';
import type { Clock } from '../base/clock.ts';
import type { AccessRule } from '../base/config.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { Access, type Caller, nameOf, OPEN_MODE, OPERATOR_GROUP, socketMode } from './access.ts';
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
import { type CredentialReader, loadCredentialReader, type PeerCredentials } from './peer-credentials.ts';

const UPGRADING: ErrorBody = {
  ...errorBody('unavailable', 'torud is being upgraded', { hint: 'connect again' }),
  reconnect: true,
};

const MAX_REFUSED_UIDS = 1_024;

export interface ControlServerOptions {
  /** Path of the control socket. Nothing may be there (see instance-lock.ts). */
  readonly socketPath: string;
  readonly instanceId: string;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly log: SupervisorLog;
  readonly accounts: Accounts;
  /** `[[access]]` as it is in force now; another list after a reload. */
  readonly accessRules?: () => readonly AccessRule[];
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
  /** Strangers whose first try was logged; a reload begins anew. */
  readonly #refusedUids = new Set<number>();
  readonly #peers = new WeakMap<Connection, PeerCredentials>();
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
    this.#access = new Access(process.getuid?.() ?? 0, options.accounts, options.accessRules);
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

  /** Has the socket's mode follow the rules. Failure: one line; the mode is as it was. */
  applyAccess(): Result<void, string> {
    this.#refusedUids.clear();
    const wasOpen = this.#ipc?.mode === OPEN_MODE;
    const applied = this.#ipc?.setMode(this.#socketMode()) ?? success(undefined);
    if (wasOpen) this.#turnAwayStrangers();
    return applied;
  }

  /** Those whom a rule let in that is there no more. */
  #turnAwayStrangers(): void {
    for (const connection of [...this.#served]) {
      const peer = this.#peers.get(connection);
      if (peer !== undefined && !this.#access.isKnown(peer, this.#socketGid()))
        connection.endAll(this.#refusal(connection.caller));
    }
  }

  #socketMode(): number {
    return socketMode(this.#readCredentials !== undefined, this.#access.namesOutsiders(this.#socketGid()));
  }

  /** Group of the socket's file. */
  #socketGid(): number | undefined {
    const group = process.getuid?.() === 0 ? this.#options.accounts.group(OPERATOR_GROUP) : undefined;
    return group?.gid ?? process.getgid?.();
  }

  #hasEnded(): boolean {
    return this.#lastWord !== undefined;
  }

  async #listen(inheritedFd: number | undefined): Promise<Result<IpcServer, string>> {
    const ipc = new IpcServer(
      {
        path: this.#options.socketPath,
        mode: this.#socketMode(),
        gid: this.#socketGid(),
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
    return [...this.#problems, ...this.#access.problems(), ...this.#modeProblem()];
  }

  /** Accounts that rules name came or went since the rules were read. */
  #modeProblem(): readonly string[] {
    const mode = this.#ipc?.mode;
    if (mode === undefined || mode === this.#socketMode()) return [];
    return [
      'the accounts that [[access]] in torud.toml names have changed; "toru daemon reload" has the control socket follow',
    ];
  }

  /** Requests that have no last answer yet, streams included. */
  get requestsInFlight(): number {
    let together = 0;
    for (const connection of this.#served) together += connection.requestsInFlight;
    return together;
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
    return this.requestsInFlight < MAX_REQUESTS_TOGETHER;
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
    const peer = this.#readCredentials?.(socket);
    // The peer is gone already.
    if (peer === undefined && this.#readCredentials !== undefined) {
      socket.destroy();
      return;
    }
    const caller = this.#access.callerOf(peer);
    const connection = new Connection(socket, caller, this);
    if (peer !== undefined) this.#peers.set(connection, peer);
    this.#connections.set(socket, connection);
    const isFull = this.#served.size >= MAX_CONNECTIONS;
    this.#served.add(connection);
    const { actor } = caller;
    this.#options.log.write('debug', 'client-connected', { actor, connections: this.#served.size });
    if (this.#lastWord !== undefined) connection.end(this.#lastWord);
    else if (peer !== undefined && this.#isStranger(peer)) connection.end(this.#refusal(caller));
    else if (isFull) {
      const message = `all ${MAX_CONNECTIONS} connections of the control socket are taken`;
      connection.end(errorBody('busy', message, { hint: 'try again when another client has left' }));
    }
  }

  /** Somebody who can connect only because the socket is open for those whom rules name. */
  #isStranger(peer: PeerCredentials): boolean {
    const isOpen = (this.#ipc?.mode ?? 0) === OPEN_MODE;
    return isOpen && !this.#access.isKnown(peer, this.#socketGid());
  }

  #refusal(caller: Caller): ErrorBody {
    const uid = caller.actor.uid ?? -1;
    if (!this.#refusedUids.has(uid) && this.#refusedUids.size < MAX_REFUSED_UIDS) {
      this.#refusedUids.add(uid);
      this.#options.log.write('warning', 'denied', { method: 'connect', actor: caller.actor });
    }
    return errorBody('denied', `${nameOf(caller)} may not use ${this.#options.socketPath}`, {
      hint: 'use sudo, become a member of the group toru, or have an [[access]] rule in torud.toml name you',
    });
  }

  #onClosed(socket: Socket): void {
    const connection = this.#connections.get(socket);
    this.#connections.delete(socket);
    if (connection === undefined) return;
    connection.onClosed();
    const { actor } = connection.caller;
    this.#options.log.write('debug', 'client-left', { actor, client: connection.client });
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
