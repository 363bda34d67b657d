/**
 * Requests that change something and that a browser sends on its own with the session's cookie. They need the session's
 * token in X-CSRF-Token, which no other site can know or send; and what the browser says of their origin must be this
 * server. Scripts with an API token send no cookie, and need neither.
 */

import type { Identity } from '../login/identity.ts';
import { isSameSecret } from '../login/secret.ts';
import type { Incoming } from './http-types.ts';
import type { Remote } from './remote.ts';

export const CSRF_FIELD = 'x-csrf-token';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export function isSafeMethod(method: string | undefined): boolean {
  return SAFE_METHODS.has(method ?? '');
}

/** Why the request may be another site's; undefined when it is none. */
export function originFault(request: Incoming, remote: Remote): string | undefined {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'it comes from another site';
  const { origin } = request.headers;
  if (origin === undefined) return undefined;
  const own = `${remote.protocol}://${remote.host}`.toLowerCase();
  return withoutDefaultPort(origin) === withoutDefaultPort(own) ? undefined : 'it comes from another origin';
}

/** Why the request is refused; undefined when it is not. */
export function csrfFault(request: Incoming, remote: Remote, identity: Identity): string | undefined {
  if (isSafeMethod(request.method) || identity.session === undefined) return undefined;
  const foreign = originFault(request, remote);
  if (foreign !== undefined) return foreign;
  const sent = request.headers[CSRF_FIELD];
  if (typeof sent !== 'string') return `the field X-CSRF-Token is missing`;
  return isSameSecret(sent, identity.session.csrfToken)
    ? undefined
    : 'X-CSRF-Token is not that of this session';
}

function withoutDefaultPort(origin: string): string {
  const text = origin.toLowerCase();
  if (text.startsWith('http://')) return text.replace(/:80$/, '');
  return text.startsWith('https://') ? text.replace(/:443$/, '') : text;
}
