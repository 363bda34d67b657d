/** The fields that are not simply handed on, each by name, and the text that says why. */

import { OWN_FIELD_PREFIX } from '../../../src/protocol/plugin/forwarded-user.ts';

/**
 * Meant for one connection alone (RFC 9110 §7.6.1), or for the proxy that reads them (§11.7). What a `Connection` field
 * names is removed as well.
 */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'transfer-encoding',
  'upgrade',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'http2-settings',
]);

/**
 * What a client says of the way to us is no more than its claim: they are made anew from what the server knows. `expect`
 * is answered by us; `trailer` announces fields that are dropped (RFC 9110 §6.5.1).
 */
export const REPLACED_IN_REQUESTS: ReadonlySet<string> = new Set([
  'host',
  'expect',
  'trailer',
  'forwarded',
  'x-real-ip',
  'x-original-url',
  'x-rewrite-url',
  // Proves to our own server that a page of ours sends the request; no plugin has to know it.
  'x-csrf-token',
]);

/** The same for all fields whose names begin so: whatever a plugin's framework may believe. */
export const REPLACED_PREFIXES: readonly string[] = ['x-forwarded-', OWN_FIELD_PREFIX];

/**
 * What speaks for a whole origin, which is the console's, and would last when the plugin is gone: a service worker for all
 * paths, cookies thrown away, HTTPS alone from now on, another server for the same name, reports about everybody's requests,
 * a session of the browser's own making.
 */
export const NEVER_IN_ANSWERS: ReadonlySet<string> = new Set([
  'service-worker-allowed',
  'clear-site-data',
  'strict-transport-security',
  'public-key-pins',
  'public-key-pins-report-only',
  'expect-ct',
  'alt-svc',
  'nel',
  'report-to',
  'reporting-endpoints',
  'origin-agent-cluster',
  'sec-session-registration',
  'secure-session-registration',
]);

/** Fields that must not stand in a trailer, because who acts on them has acted before it comes (RFC 9110 §6.5.1). */
export const NEVER_IN_TRAILERS: ReadonlySet<string> = new Set([
  'authorization',
  'age',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'expires',
  'host',
  'location',
  'max-forwards',
  'retry-after',
  'set-cookie',
  'trailer',
  'vary',
  'warning',
  'www-authenticate',
]);

/** Names of the fields that a `Connection` field makes hop-by-hop, in lower case. */
export function namedByConnection(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}
