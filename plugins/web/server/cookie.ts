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
  const name = cookieName(isProduction);
  const values = (header ?? '').split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at !== -1 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
  const [value] = values;
  return values.length === 1 && value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : undefined;
}
