/** The cookies of toru itself, kept away from plugins: they would be somebody else's login. */

/** A Cookie field without the named cookies; undefined when none is left. */
export function withoutCookies(field: string, hidden: readonly string[]): string | undefined {
  // A name that is told in parts or in quotes is no cookie's name (RFC 6265 §4.1.1): comparing texts is enough.
  if (!hidden.some((name) => field.includes(name))) return field;
  const kept = field
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && !hidden.includes(nameOf(pair)));
  return kept.length === 0 ? undefined : kept.join('; ');
}

/**
 * True when a Set-Cookie field would set one of the named cookies. Browsers take names as they stand, case included; and of
 * `=a=1`, a cookie without a name, they send back `a=1`.
 */
export function setsCookie(field: string, hidden: readonly string[]): boolean {
  const end = field.indexOf(';');
  return hidden.includes(nameOf((end === -1 ? field : field.slice(0, end)).replace(/^[\s=]+/, '')));
}

function nameOf(pair: string): string {
  const equals = pair.indexOf('=');
  return (equals === -1 ? pair : pair.slice(0, equals)).trim();
}
