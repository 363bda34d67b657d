/**
 * Request targets that two readers could take for different paths: refused at the door, so that what is checked here is
 * what is meant there (RFC 3986, sections 3.3 and 6.2.2.3). What an encoded slash means is for the plugin to say.
 */

const MAX_TARGET_LENGTH = 8192;
/** Nothing is encoded in it, and no segment begins with a dot: the usual case, which costs one look. */
const PLAIN = /^(\/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+\/?(\?[A-Za-z0-9_.~=&,:+-]*)?$/;
/** A longer text is not worth the one look. */
const MAX_PLAIN_LENGTH = 256;

/** Why a request target is refused; undefined when it is not. @param target as it stands in the request line */
export function pathFault(target: string): string | undefined {
  if (target.length <= MAX_PLAIN_LENGTH && PLAIN.test(target)) return undefined;
  if (target.length > MAX_TARGET_LENGTH) return `the address is longer than ${MAX_TARGET_LENGTH} characters`;
  if (!target.startsWith('/')) return 'the address must begin with a slash';
  const path = target.split('?')[0] ?? '';
  if (/[^\x21-\x7e]|[\\#]/.test(target)) return 'the address has a character that must be encoded';
  if (/%(?![0-9a-f]{2})/i.test(path)) return 'the address has a broken percent-encoding';
  // A slash or backslash may be encoded around the dots, by who hopes that it is decoded in time.
  const slashes = path.replace(/%(2f|5c|252f|255c)/gi, '/').replace(/%(2e|252e)/gi, '.');
  if (/(^|\/)\.{1,2}(\/|$)/.test(slashes)) return 'the address has a dot segment';
  return /%(00|2500)/i.test(path) ? 'the address has a NUL' : undefined;
}
