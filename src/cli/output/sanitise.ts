/** Makes foreign text safe for a terminal: what a plugin writes must not move the cursor, set titles or hide words. */

// C0 without tab, DEL, C1, line and paragraph separators, and the marks that turn the direction of writing (Trojan Source).
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find
const UNSAFE = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
const ALL_UNSAFE = new RegExp(UNSAFE, 'g');

/** True for printable ASCII alone, which needs nothing. */
export function isPrintable(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** Control characters as `\x1b` or `\u202e`; tabs stay. */
export function sanitise(text: string): string {
  return UNSAFE.test(text) ? text.replace(ALL_UNSAFE, escapeOf) : text;
}

/** The same for one field of a table or a line with tabs between: tabs and newlines are escaped as well. */
export function sanitiseField(text: string): string {
  const safe = sanitise(text);
  return safe.includes('\t') ? safe.replaceAll('\t', '\\t') : safe;
}

/** The same for text of several lines: newlines stay. */
export function sanitiseBlock(text: string): string {
  return UNSAFE.test(text) ? text.split('\n').map(sanitise).join('\n') : text;
}

function escapeOf(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
