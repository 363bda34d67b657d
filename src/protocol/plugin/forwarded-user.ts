/**
 * How the web plugin tells another plugin who is signed in: fields of the request, signed with a key that those two alone
 * have. torud hands it over: it stands in the plugin's own store.
 *
 * The signature is HMAC-SHA-256 (RFC 2104) in base64url over `signedText`. It holds for this plugin, method and path, and
 * for a minute; the body is not signed.
 */

/** Name of the user, percent-encoded (encodeURIComponent). */
export const USER_FIELD = 'x-toru-user';
/** `view`, `operate` or `admin`. */
export const ROLE_FIELD = 'x-toru-role';
/** When it was signed: milliseconds since 1970. */
export const TIME_FIELD = 'x-toru-time';
export const SIGNATURE_FIELD = 'x-toru-signature';
/** Fields that nobody but the web plugin may send to a plugin. */
export const OWN_FIELD_PREFIX = 'x-toru-';
/** Key of the plugin's store under which the key of the signatures stands, in base64url. */
export const USER_KEY_NAME = 'toru.user-key';
/** How old a signature may be, in milliseconds, and how far the clock of one process may be ahead. */
export const MAX_SIGNATURE_AGE_MS = 60_000;

export interface SignedFacts {
  readonly plugin: string;
  readonly method: string;
  /** Path and query as the plugin gets them. */
  readonly path: string;
  /** As it stands in the field. */
  readonly user: string;
  readonly role: string;
  readonly time: string;
}

/** None of the facts can hold a newline, so no two requests have the same text. */
export function signedText({ plugin, method, path, user, role, time }: SignedFacts): string {
  return `toru-user-1\n${plugin}\n${method}\n${path}\n${user}\n${role}\n${time}`;
}
