/** Requests for plugins: files of their frontends, and what is handed on to them. */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorBody } from '../../../src/protocol/errors.ts';
import { messageOf } from '../../../src/protocol/result.ts';
import type { RouteError } from '../api/problem.ts';
import { isStillKnown } from '../api/still-known.ts';
import type { ForwardContext, Forwarding, ForwardMatch, ForwardTarget } from '../forward/contract.ts';
import { asksForWorker, NO_WORKER } from '../forward/service-worker.ts';
import type { Accounts } from '../login/accounts.ts';
import type { Identity } from '../login/identity.ts';
import type { AddressList } from './address-list.ts';
import { isSafeMethod } from './csrf.ts';
import { type Fallback, type FallbackRequest, NOT_HERE } from './fallback.ts';
import { faultOf } from './fault.ts';
import type { Frontend } from './frontend.ts';
import { admit, identify, isBearer, UNKNOWN } from './gate.ts';
import type { Incoming, Outgoing } from './http-types.ts';
import { type Exchange, LongExchanges } from './long-exchanges.ts';
import { pathFault } from './path-fault.ts';
import { type Remote, remoteOf } from './remote.ts';
import { clearSafeHeaders } from './safe-headers.ts';
import { sendStatic } from './static-file.ts';
import { answerWith, endWith, upgradeFault } from './upgrade-refusal.ts';
import type { WebLog } from './web-log.ts';

const BY_ID = /^\/api\/plugins\/([a-z0-9][a-z0-9._-]{0,63})(?=[/?]|$)/;
/** The shortest first: it is told apart by one character. */
const ROUTE_BASES = ['/p', '/api/plugins/route'];
const SLASH = '/'.charCodeAt(0);

export interface PluginFallbackOptions {
  readonly forwarding: Forwarding;
  readonly frontend: Frontend;
  readonly accounts: Accounts;
  readonly trustedProxies: AddressList;
  readonly isProduction: boolean;
  readonly log: WebLog;
  /** Whether torud has said which plugins there are. */
  readonly arePluginsKnown: () => boolean;
}

/** Nobody can tell yet: what is not there now may be there in a moment. */
const NOT_KNOWN_YET: RouteError = {
  error: errorBody('unavailable', 'torud has not said yet which plugins there are'),
};

export class PluginFallback implements Fallback {
  readonly #options: PluginFallbackOptions;
  readonly #exchanges: LongExchanges;

  constructor(options: PluginFallbackOptions) {
    this.#options = options;
    this.#exchanges = new LongExchanges((onRevoked) => options.accounts.revocations.watch(onRevoked));
  }

  close(): void {
    this.#exchanges.close();
  }

  async serve(request: FallbackRequest): Promise<RouteError | undefined> {
    const { incoming, outgoing, identity, remote } = request;
    const target = incoming.url ?? '';
    const match = this.#match(target);
    if (match === undefined) return NOT_HERE;
    const role = isSafeMethod(incoming.method) ? 'view' : 'operate';
    const admitted = admit(incoming, remote, identity, { role, plugin: pluginOf(match, target) });
    if (!admitted.ok) return admitted.failure;
    // Files of a frontend are the plugin's as well.
    if (asksForWorker(incoming)) return { error: errorBody(NO_WORKER.code, NO_WORKER.detail) };
    const sent = await this.#sendFile(request, target);
    if (sent !== 'no file') return sent;
    if (match.kind === 'none' && !this.#options.arePluginsKnown()) return NOT_KNOWN_YET;
    clearSafeHeaders(outgoing);
    if (match.kind === 'target') await this.#forward(match.target, request);
    else this.#note(incoming, identity, remote, this.#options.forwarding.refuse(match, outgoing).fault);
    return undefined;
  }

  async #forward(
    target: ForwardTarget,
    { incoming, outgoing, identity, remote }: FallbackRequest,
  ): Promise<void> {
    const context = contextOf(incoming, identity, remote);
    const exchange = this.#begin(incoming, identity, remote, () => outgoing.destroy());
    try {
      const { fault } = await this.#options.forwarding.forwardTo(target, incoming, outgoing, context);
      this.#note(incoming, identity, remote, fault);
    } finally {
      this.#exchanges.remove(exchange);
    }
  }

  #begin(request: Incoming, identity: Identity, remote: Remote, end: () => void): Exchange {
    const exchange: Exchange = {
      mayGoOn: () => isStillKnown({ request, services: this.#options, identity }),
      end: () => {
        this.#note(request, identity, remote, 'ended: signed out');
        end();
      },
    };
    this.#exchanges.add(exchange);
    return exchange;
  }

  /**
   * Hands over what is surely for a plugin and from somebody who may ask it, without the way through the routes of the API,
   * which costs as much as the handing over. False: nothing was done, and the request goes that way.
   */
  handOver(incoming: Incoming, outgoing: Outgoing): boolean {
    const target = incoming.url ?? '';
    const base = ROUTE_BASES.find((one) => isBelow(target, one));
    if (base === undefined || pathFault(target) !== undefined) return false;
    const { forwarding, accounts, isProduction, trustedProxies } = this.#options;
    const match = forwarding.matchRoute(base, target.slice(base.length));
    if (match.kind !== 'target') return false;
    const remote = remoteOf(incoming, trustedProxies);
    const identity = identify(incoming, accounts, isProduction);
    const role = isSafeMethod(incoming.method) ? 'view' : 'operate';
    if (identity === undefined) return false;
    if (!admit(incoming, remote, identity, { role, plugin: match.target.id }).ok) return false;
    this.#forward(match.target, { incoming, outgoing, identity, remote }).catch((thrown) => {
      this.#options.log.error(`${incoming.method} ${target.split('?')[0]}: ${messageOf(thrown)}`);
      answerWith(outgoing, faultOf(thrown).told);
    });
    return true;
  }

  /** The event `upgrade` of a server, for a WebSocket. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Who leaves while we think must not end the process.
    socket.on('error', () => socket.destroy());
    const { accounts, isProduction, trustedProxies, forwarding } = this.#options;
    const target = request.url ?? '';
    const remote = remoteOf(request, trustedProxies);
    const identity = identify(request, accounts, isProduction);
    const match = this.#match(target);
    const refusal = this.#upgradeRefusal(request, remote, identity, match);
    if (refusal !== undefined || identity === undefined || match?.kind !== 'target') {
      this.#note(request, identity, remote, (refusal ?? NOT_HERE).error.message);
      endWith(socket, refusal ?? NOT_HERE);
      return;
    }
    const context = contextOf(request, identity, remote);
    const exchange = this.#begin(request, identity, remote, () => socket.destroy());
    try {
      const outcome = await forwarding.upgradeTo(match.target, request, socket, head, context);
      this.#note(request, identity, remote, outcome.fault);
    } finally {
      this.#exchanges.remove(exchange);
    }
  }

  #upgradeRefusal(
    request: IncomingMessage,
    remote: Remote,
    identity: Identity | undefined,
    match: ForwardMatch | undefined,
  ): RouteError | undefined {
    const fault = pathFault(request.url ?? '');
    if (fault !== undefined) return { error: errorBody('usage', fault) };
    if (identity === undefined) return UNKNOWN;
    const foreign = upgradeFault(request, remote, identity);
    if (foreign !== undefined) return foreign;
    if (match === undefined) return NOT_HERE;
    const admitted = admit(request, remote, identity, {
      // What goes over it may change anything.
      role: 'operate',
      plugin: pluginOf(match, request.url ?? ''),
    });
    if (!admitted.ok) return admitted.failure;
    if (match.kind === 'away') {
      const { retryAfterSeconds } = match;
      return { error: errorBody('unavailable', `${match.id} is not running now`), retryAfterSeconds };
    }
    if (match.kind === 'none' && !this.#options.arePluginsKnown()) return NOT_KNOWN_YET;
    return match.kind === 'target' ? undefined : NOT_HERE;
  }

  #match(target: string): ForwardMatch | undefined {
    const { forwarding } = this.#options;
    for (const base of ROUTE_BASES) {
      if (isBelow(target, base)) return forwarding.matchRoute(base, target.slice(base.length));
    }
    const id = BY_ID.exec(target);
    return id === null ? undefined : forwarding.matchId(id[1] ?? '', target.slice(id[0].length));
  }

  async #sendFile(request: FallbackRequest, target: string): Promise<RouteError | undefined | 'no file'> {
    const { incoming, outgoing } = request;
    if (incoming.method !== 'GET' && incoming.method !== 'HEAD') return 'no file';
    const id = BY_ID.exec(target);
    const name = id === null ? undefined : nameOf(target.slice(id[0].length));
    if (id === null || name === undefined) return 'no file';
    const found = await this.#options.frontend.find(id[1] ?? '', name);
    if (!found.ok) return { error: found.failure };
    if (found.value === undefined) return 'no file';
    await sendStatic(found.value, incoming, outgoing);
    return undefined;
  }

  #note(request: Incoming, identity: Identity | undefined, remote: Remote, fault: string | undefined): void {
    if (fault === undefined) return;
    const path = request.url?.split('?')[0] ?? '';
    const who = identity === undefined ? remote.address : `${identity.name} from ${remote.address}`;
    this.#options.log.often('not forwarded', `${who}: ${request.method} ${path}: ${fault}`);
  }
}

function isBelow(target: string, base: string): boolean {
  return target.charCodeAt(base.length) === SLASH && target.startsWith(base);
}

/** The plugin that a path names; of a path that none has, what stands in its place. */
function pluginOf(match: ForwardMatch, target: string): string {
  if (match.kind === 'target') return match.target.id;
  return match.kind === 'away' ? match.id : (BY_ID.exec(target)?.[1] ?? '');
}

function contextOf(request: Incoming, identity: Identity, remote: Remote): ForwardContext {
  return {
    user: { name: identity.name, role: identity.role },
    remote: { address: remote.peer, chain: remote.chain, protocol: remote.protocol, host: remote.host },
    hidesAuthorization: isBearer(request),
  };
}

/** `/a/b.js?x` → `a/b.js`; undefined for what can be no name of a file. */
function nameOf(rest: string): string | undefined {
  const path = rest.split('?')[0] ?? '';
  if (path.length < 2) return undefined;
  try {
    const segments = path.slice(1).split('/').map(decodeURIComponent);
    return segments.some((segment) => segment === '' || /[/\\\0]/.test(segment))
      ? undefined
      : segments.join('/');
  } catch {
    // Not UTF-8: no file of ours has such a name.
    return undefined;
  }
}
