/** What RFC 9110 and 9112 ask of the head of a request, before anybody looks at what it is about. */

import type { IncomingMessage } from 'node:http';
import { errorBody } from '../../../src/protocol/errors.ts';
import type { RouteError } from '../api/problem.ts';
import type { Incoming } from './http-types.ts';

const ABSOLUTE = /^https?:\/\/([^/?#@\\]+)([/?].*)?$/i;

/**
 * Why it is refused; undefined when it is not. Of HTTP/1 the absolute form of a target becomes the origin form, and its
 * host the one that was asked for (RFC 9112 §3.2.2).
 */
export function headFault(request: Incoming): RouteError | undefined {
  if (request.httpVersionMajor > 1) return undefined;
  const hosts = countHosts(request.rawHeaders);
  if (hosts > 1) return refused('the field Host is there more than once');
  // HTTP/1.0 knows no such field.
  if (hosts === 0 && request.httpVersion !== '1.0') return refused('the field Host is missing');
  const target = request.url ?? '';
  if (target.startsWith('/')) return undefined;
  const absolute = ABSOLUTE.exec(target);
  if (absolute === null) return refused('the address must begin with a slash');
  const [, host = '', path = '/'] = absolute;
  request.headers.host = host;
  (request as IncomingMessage).url = path.startsWith('/') ? path : `/${path}`;
  return undefined;
}

/** True for the one protocol that anybody here changes to; any other Upgrade is as if it were not there (RFC 9110 §7.8). */
export function wantsWebSocket(request: IncomingMessage): boolean {
  const { upgrade = '' } = request.headers;
  return upgrade.split(',').some((protocol) => protocol.trim().toLowerCase() === 'websocket');
}

function countHosts(raw: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}

function refused(text: string): RouteError {
  return { error: errorBody('usage', text), headers: { connection: 'close' } };
}
