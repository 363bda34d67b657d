/** The session's cookie (RFC 6265). */

/** `__Host-` makes the browser insist on Secure, this host alone, and Path=/. */
const SAFE_NAME = '__Host-toru-session';
const PLAIN_NAME = 'toru-session';

/** Both, so that a plugin gets neither, whatever the setting. */
export const SESSION_COOKIES: readonly string[] = [SAFE_NAME, PLAIN_NAME];

export function cookieName(isProduction: boolean): string {
  return isProduction ? SAFE_NAME : PLAIN_NAME;
}

/** The value of Set-Cookie. @param maxAgeSeconds 0: the cookie goes */
export function sessionCookie(secret: string, isProduction: boolean, maxAgeSeconds: number): string {
  const secure = isProduction ? '; Secure' : '';
  return `${cookieName(isProduction)}=${secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${secure}`;
}

/** The session's secret in a field Cookie; undefined without one, or with several, of which one would be forged. */
export function readSessionCookie(header: string | undefined, isProduction: boolean): string | undefined {
  if (header === undefined) return undefined;
  const name = cookieName(isProduction);
  let found: string | undefined;
  for (let begin = 0; begin < header.length; ) {
    const semicolon = header.indexOf(';', begin);
    const end = semicolon === -1 ? header.length : semicolon;
    const at = header.indexOf('=', begin);
    if (at !== -1 && at < end && header.slice(begin, at).trim() === name) {
      if (found !== undefined) return undefined;
      found = header.slice(at + 1, end).trim();
    }
    begin = end + 1;
  }
  return found !== undefined && /^[A-Za-z0-9_-]{43}$/.test(found) ? found : undefined;
}
