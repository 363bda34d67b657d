/**
 * Who asks, and under which address of ours. X-Forwarded-For, -Proto and -Host are believed only as far as they come from
 * trusted proxies: the list is read from its end, and the first address that is no trusted proxy's is the client's.
 */

import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { plainAddress } from '../login/network.ts';
import type { AddressList } from './address-list.ts';
import type { Incoming } from './http-types.ts';

export interface Remote {
  /** Of the client. */
  readonly address: string;
  /** Of the peer of the connection, which may be a proxy. */
  readonly peer: string;
  /** What trusted proxies said before the peer, the client first; empty without such a proxy. */
  readonly chain: readonly string[];
  readonly protocol: 'http' | 'https';
  /** Host and port that the client asked for. */
  readonly host: string;
}

/** Who has left before anybody looked, the kernel knows no more (getpeername(2), ENOTCONN). */
const LEFT = 'unknown';
/** More than any chain of proxies. */
const MAX_HOPS = 32;
const HOST = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,255})(:\d{1,5})?$/;

export function remoteOf(request: Incoming, trusted: AddressList): Remote {
  const peer = plainAddress(request.socket?.remoteAddress ?? LEFT);
  const isEncrypted = (request.socket as Partial<TLSSocket> | undefined)?.encrypted === true;
  const direct: Remote = {
    address: peer,
    peer,
    chain: [],
    protocol: isEncrypted ? 'https' : 'http',
    host: hostOf(request),
  };
  if (trusted.isEmpty || !trusted.has(peer)) return direct;
  const chain = chainOf(listOf(request.headers['x-forwarded-for']), trusted);
  const protocol = listOf(request.headers['x-forwarded-proto']).at(-1)?.toLowerCase();
  const host = listOf(request.headers['x-forwarded-host']).at(-1);
  return {
    ...direct,
    chain,
    address: chain[0] ?? peer,
    ...(protocol === 'http' || protocol === 'https' ? { protocol } : {}),
    ...(host !== undefined && HOST.test(host) ? { host } : {}),
  };
}

/** Host and port as the request names them; empty when it names none that could be. */
function hostOf(request: Incoming): string {
  const authority = request.headers[':authority'];
  const host = typeof authority === 'string' ? authority : (request.headers.host ?? '');
  return HOST.test(host) ? host : '';
}

/** From the client on: everything before the last address that is not trusted may be invented. */
function chainOf(said: readonly string[], trusted: AddressList): readonly string[] {
  const chain: string[] = [];
  for (const entry of said.toReversed().slice(0, MAX_HOPS)) {
    const address = plainAddress(entry.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1'));
    if (isIP(address) === 0) break;
    chain.unshift(address);
    if (!trusted.has(address)) break;
  }
  return chain;
}

function listOf(field: string | readonly string[] | undefined): readonly string[] {
  const text = typeof field === 'string' ? field : (field ?? []).join(',');
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
