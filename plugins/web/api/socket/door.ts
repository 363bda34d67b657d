/** /api/ws: who may come in, and how many. */

import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorBody } from '../../../../src/protocol/errors.ts';
import { failure, messageOf, type Result } from '../../../../src/protocol/result.ts';
import { actorText, type Identity } from '../../login/identity.ts';
import type { AddressList } from '../../server/address-list.ts';
import { noteChange } from '../../server/audit.ts';
import { admit, identify, UNKNOWN } from '../../server/gate.ts';
import { pathFault } from '../../server/path-fault.ts';
import type { PluginBook } from '../../server/plugin-book.ts';
import { type Remote, remoteOf } from '../../server/remote.ts';
import { type SeatLimits, Seats } from '../../server/seats.ts';
import type { TaskBook } from '../../server/task-book.ts';
import { endWith, upgradeFault } from '../../server/upgrade-refusal.ts';
import type { UsageWatch } from '../../server/usage-watch.ts';
import type { RouteError } from '../problem.ts';
import type { Services } from '../services.ts';
import { isStillKnown } from '../still-known.ts';
import { Client } from './client.ts';
import { SocketConnection } from './connection.ts';
import { CLOSE_CODES } from './frame.ts';
import { agree } from './handshake.ts';

/** Clients at the same time, of all, of all but admins, and of one user: what may wait for them is bounded by it. */
const CLIENTS: SeatLimits = { all: 128, others: 112, user: 32 };
const PATH = '/api/ws';

export interface DoorOptions {
  readonly services: Services;
  readonly book: PluginBook;
  readonly tasks: TaskBook;
  readonly usage: UsageWatch;
  readonly trustedProxies: AddressList;
}

export class SocketDoor {
  readonly #options: DoorOptions;
  readonly #connections = new Set<SocketConnection>();
  readonly #seats = new Seats(CLIENTS);

  constructor(options: DoorOptions) {
    this.#options = options;
    options.services.accounts.revocations.watch(() => {
      for (const connection of [...this.#connections]) connection.look();
    });
    const { closing } = options.services.follow;
    closing.addEventListener('abort', () => {
      for (const connection of [...this.#connections])
        connection.close(CLOSE_CODES.goingAway, 'the server closes');
    });
  }

  /** Whether it is this door's request. */
  isFor(target: string): boolean {
    return target === PATH || target.startsWith(`${PATH}?`);
  }

  /** The event `upgrade` of a server. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Who leaves while we think must not end the process.
    socket.on('error', () => socket.destroy());
    const { services, trustedProxies } = this.#options;
    const remote = remoteOf(request, trustedProxies);
    const identity = identify(request, services.accounts, services.isProduction);
    const begun = this.#begin(request, remote, identity);
    if (!begun.ok || identity === undefined) {
      const refusal = begun.ok ? UNKNOWN : begun.failure;
      this.#note('refused', remote, identity, refusal.error.message);
      endWith(socket, refusal);
      return;
    }
    if (socket instanceof Socket) {
      socket.setTimeout(0);
      socket.setNoDelay(true);
    }
    socket.write(begun.value);
    this.#open(request, socket, head, identity, remote);
  }

  /** Takes a place. The value: what agrees to the WebSocket. */
  #begin(
    request: IncomingMessage,
    remote: Remote,
    identity: Identity | undefined,
  ): Result<string, RouteError> {
    const refusal = this.#refusal(request, remote, identity);
    if (refusal !== undefined || identity === undefined) return failure(refusal ?? UNKNOWN);
    const agreed = agree(request);
    if (!agreed.ok) return agreed;
    const full = this.#seats.take(identity);
    return full === undefined ? agreed : failure(full);
  }

  #refusal(request: IncomingMessage, remote: Remote, identity: Identity | undefined): RouteError | undefined {
    const fault = pathFault(request.url ?? '');
    if (fault !== undefined) return { error: errorBody('usage', fault) };
    if (identity === undefined) return UNKNOWN;
    const foreign = upgradeFault(request, remote, identity);
    if (foreign !== undefined) return foreign;
    const admitted = admit(request, remote, identity, { role: 'view' });
    if (!admitted.ok) return admitted.failure;
    const isClosing = this.#options.services.follow.closing.aborted;
    return isClosing ? { error: errorBody('unavailable', 'the server closes') } : undefined;
  }

  #open(request: IncomingMessage, socket: Duplex, head: Buffer, identity: Identity, remote: Remote): void {
    const { services, book, tasks, usage } = this.#options;
    const connection = new SocketConnection(socket, {
      onText: (text) => client.onText(text),
      onFault: (reason) => this.#note('closed', remote, identity, reason),
      mayGoOn: () => isStillKnown({ request, services, identity }),
    });
    const client = new Client({
      connection,
      identity,
      book,
      tasks,
      usage,
      hub: services.follow,
      daemon: services.daemon.for(actorText(identity)),
      onChange: (action, target, result) =>
        noteChange(services, {
          actor: actorText(identity),
          address: remote.address,
          action,
          target,
          result,
        }),
      onFault: (reason) => this.#note('closed', remote, identity, reason),
      onThrown: (thrown) => services.log.error(`${PATH}: ${messageOf(thrown)}`),
    });
    this.#connections.add(connection);
    connection.closed.addEventListener('abort', () => {
      this.#connections.delete(connection);
      this.#seats.giveBack(identity);
    });
    connection.begin(head);
  }

  #note(what: string, remote: Remote, identity: Identity | undefined, reason: string): void {
    const who = identity === undefined ? remote.address : `${identity.name} from ${remote.address}`;
    this.#options.services.log.often(`WebSocket ${what}`, `${who}: ${PATH}: ${reason}`);
  }
}
