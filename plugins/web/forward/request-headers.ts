/** The fields of a request as a plugin gets them. */

import type { IncomingHttpHeaders } from 'node:http';
import type { ForwardContext, ForwardTarget } from './contract.ts';
import { withoutCookies } from './cookies.ts';
import { HOP_BY_HOP, namedByConnection, REPLACED_IN_REQUESTS, REPLACED_PREFIXES } from './header-names.ts';

export type RequestFields = Record<string, string | string[]>;

/** The pseudonym that we have in `Via` fields (RFC 9110 §7.6.3). */
const VIA = 'toru';

/**
 * What the client sent, without what is for one connection, for toru, or could be believed wrongly; and what the server
 * knows of the client. `content-length` stays: Node's parser has taken the body's length from it.
 * @param headers as Node gives them: names in lower case, and a field that may stand there once does
 * @param httpVersion `1.1` of the request as it came
 */
export function requestFields(
  headers: IncomingHttpHeaders,
  httpVersion: string,
  target: ForwardTarget,
  context: ForwardContext,
  hiddenCookies: readonly string[],
): RequestFields {
  const fields: RequestFields = {};
  const named = namedByConnection(headers.connection);
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || isOurs(name) || named?.has(name)) continue;
    if (name === 'authorization' && context.hidesAuthorization) continue;
    if (name === 'cookie' && typeof value === 'string') {
      const kept = withoutCookies(value, hiddenCookies);
      if (kept !== undefined) fields.cookie = kept;
    } else fields[name] = value;
  }
  const { remote } = context;
  fields.host = remote.host;
  fields.via = `${typeof headers.via === 'string' ? `${headers.via}, ` : ''}${httpVersion} ${VIA}`;
  fields['x-forwarded-for'] =
    remote.chain.length === 0 ? remote.address : `${remote.chain.join(', ')}, ${remote.address}`;
  fields['x-forwarded-proto'] = remote.protocol;
  fields['x-forwarded-host'] = remote.host;
  fields['x-forwarded-prefix'] = target.prefix;
  return fields;
}

/** CGI and its children write `_` for what is neither letter nor digit (RFC 3875 §4.1.18): `x_toru_user` is `x-toru-user` to them. */
function isOurs(given: string): boolean {
  const name = /^[a-z0-9:-]*$/.test(given) ? given : given.replace(/[^a-z0-9:]/g, '-');
  return (
    HOP_BY_HOP.has(name) ||
    REPLACED_IN_REQUESTS.has(name) ||
    REPLACED_PREFIXES.some((prefix) => name.startsWith(prefix)) ||
    // `:path` and its like are HTTP/2's own (RFC 9113 §8.3).
    name.charCodeAt(0) === 0x3a
  );
}
