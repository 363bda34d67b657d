/** Where somebody wanted to go who has to sign in first: a page of this console, never another site. */

export const SIGN_IN = '/sign-in';
export const HOME = '/plugins';

/** @param search without the question mark */
export function signInPath(path: string, search: string): string {
  const wanted = `${path}${search === '' ? '' : `?${search}`}`;
  return path === '/' || path === HOME ? SIGN_IN : `${SIGN_IN}?next=${encodeURIComponent(wanted)}`;
}

/** @param search of the sign-in page, without the question mark */
export function wantedPath(search: string): string {
  const next = new URLSearchParams(search).get('next') ?? HOME;
  // Two slashes, and what browsers take for one, would begin another host's name.
  const isOurs = /^\/(?![/\\])[\x21-\x7e]*$/.test(next) && !next.includes('\\') && !next.startsWith('/api');
  return isOurs && !next.startsWith(SIGN_IN) ? next : HOME;
}
