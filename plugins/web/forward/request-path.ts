/** What may stand in a path that is handed on, before anything is made of it. */

/** Encodings in encodings: what a sloppy plugin might undo. */
const MAX_DECODINGS = 3;
/** Bytes that RFC 3986 wants encoded are taken as they are, but for those that end a line or a word, or a fragment. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNFIT = /[\u0000-\u0020\u007f#\\]/;

/** The path and the query of a request target (RFC 9112 §3.2); undefined for forms that name no resource here. */
export function pathOf(target: string): string | undefined {
  if (target.startsWith('/')) return target;
  // absolute-form: the authority in it is the server's business.
  const match = /^https?:\/\/[^/?#]*(.*)$/i.exec(target);
  if (match === null) return undefined;
  const rest = match[1] ?? '';
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/**
 * True when no reading of the path leaves the place that it names: no `.` or `..` segment in any encoding, with `/` or
 * `\` between, no control character, and every `%` begins a whole escape.
 * @param path without its query
 */
export function isFitPath(path: string): boolean {
  if (!path.includes('%') && !path.includes('/.')) return !UNFIT.test(path);
  let text = path;
  for (let round = 0; ; round += 1) {
    if (UNFIT.test(text) && (round === 0 || hasControl(text))) return false;
    if (text.split(/[/\\]/).some((segment) => segment === '.' || segment === '..')) return false;
    if (round === MAX_DECODINGS || !text.includes('%')) return true;
    const decoded = decode(text);
    if (decoded === undefined) return round > 0;
    text = decoded;
  }
}

/** @param query without its `?` */
export function isFitQuery(query: string): boolean {
  return !UNFIT.test(query.replaceAll('\\', ''));
}

function hasControl(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001f\u007f]/.test(text);
}

function decode(text: string): string | undefined {
  // Bytes, not characters: an escape need not be UTF-8 to hide a slash beside it.
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
