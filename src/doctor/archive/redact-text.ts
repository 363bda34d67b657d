/** Takes secrets out of text that nobody knows the form of: settings files, log messages, command lines. */

import { isSecretName } from './secret-names.ts';

export const REMOVED = '[removed]';

/** Where the values go that were found behind a secret name: they are removed wherever else they stand. */
export type OnSecret = (value: string) => void;

const PEM = /-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g;
/** `scheme://user:password@host`; all that stands before the @, for a token may stand alone there. */
const URL_USER = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)([^\s/?#"'<>]+)@/gi;
const SCHEMES = /\b(bearer|basic|digest|negotiate)\s+([A-Za-z0-9+/=._~-]{4,})/gi;
/** Forms that some issuers give their tokens, and JSON web tokens. */
const SHAPES =
  /\b(?:gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{8,}|sk[-_](?:live[-_]|test[-_])?[\w-]{16,}|AKIA[0-9A-Z]{12,}|AIza[\w-]{30,}|npm_\w{20,}|eyJ[\w-]{8,2000}\.[\w-]+\.[\w-]*)/g;
/** A line of base64 by itself may be the middle of a key whose head is cut off. Hexadecimal digests stay. */
const BASE64_LINE = /^[ \t]*(?![0-9a-fA-F]+[ \t]*$)[A-Za-z0-9+/]{48,}={0,2}[ \t]*$/gm;

/** A name, perhaps quoted, and what separates it from its value. */
const NAMED = /(\\{0,8}["']?)((?:--?)?[A-Za-z_][\w.-]{0,100})\1(\s*(?:=>|:=|[=:])\s*|\s+(?:is|was)\s+)/g;
/** `--password VALUE`, also as two words of an array. */
const FLAG = /(--?[A-Za-z][\w-]{0,100})(["']?\s*,\s*|\s+)(?=[^\s-])/g;
/** Headers and phrases whose value has blanks in it. */
const WHOLE_LINE = /authorization|cookie|passphrase/i;

/** @returns the text without them, and how many were removed */
export function redactText(text: string, onSecret: OnSecret): { text: string; count: number } {
  let count = 0;
  const removed = (value: string): string => {
    count += 1;
    onSecret(value);
    return REMOVED;
  };
  const gone = (): string => {
    count += 1;
    return REMOVED;
  };
  let left = text.replace(PEM, gone);
  left = left.replace(URL_USER, (_all, scheme: string, user: string) => {
    const password = user.slice(user.indexOf(':') + 1);
    return `${scheme}${removed(password)}@`;
  });
  left = replaceValues(left, NAMED, (match) => match[2] ?? '', removed);
  left = replaceValues(left, FLAG, (match) => match[1] ?? '', removed);
  left = left.replace(SCHEMES, (all, scheme: string, value: string) =>
    // "Basic setup" is no secret: a credential has something beside lower-case letters.
    /[^a-z]/.test(value) ? `${scheme} ${removed(value)}` : all,
  );
  left = left.replace(SHAPES, removed).replace(BASE64_LINE, gone);
  return { text: left, count };
}

/** Replaces the values that stand behind matches whose name is secret. */
function replaceValues(
  text: string,
  pattern: RegExp,
  nameOf: (match: RegExpMatchArray) => string,
  removed: (value: string) => string,
): string {
  const parts: string[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const start = match.index + match[0].length;
    const name = nameOf(match);
    if (match.index < from || !isSecretName(name)) continue;
    const end = valueEnd(text, start, WHOLE_LINE.test(name));
    const value = bare(text.slice(start, end));
    if (value === '' || value === REMOVED) continue;
    const [open, close] = quotesOf(text.slice(start, end));
    parts.push(text.slice(from, start), open, removed(value), close);
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join('');
}

/** Where a value ends: at its closing quote or bracket, at the end of the line, or at the next blank. */
function valueEnd(text: string, start: number, isWholeLine: boolean): number {
  const rest = text.slice(start);
  for (const quote of ['"""', "'''"]) {
    if (!rest.startsWith(quote)) continue;
    const close = rest.indexOf(quote, quote.length);
    return close === -1 ? text.length : start + close + quote.length;
  }
  const escaped = /^\\+"/.exec(rest)?.[0];
  if (escaped !== undefined) {
    const close = rest.indexOf(escaped, escaped.length);
    if (close !== -1) return start + close + escaped.length;
  }
  const quoted = /^(?:"(?:\\.|[^"\\])*"|'(?:[^'\\]|\\.)*')/s.exec(rest)?.[0];
  if (quoted !== undefined) return start + quoted.length;
  if (rest.startsWith('[') || rest.startsWith('{')) return start + bracketEnd(rest);
  const plain = (isWholeLine ? /^[^\r\n]*/ : /^[^\s]*/).exec(rest)?.[0] ?? '';
  return start + plain.length;
}

/** Past the bracket that closes the first one; brackets within quotes do not count. */
function bracketEnd(text: string): number {
  let depth = 0;
  for (const match of text.matchAll(/"(?:\\.|[^"\\])*"|'[^'\n]*'|[[\]{}]/g)) {
    if (/^[[{]$/.test(match[0])) depth += 1;
    else if (/^[\]}]$/.test(match[0])) depth -= 1;
    if (depth === 0) return match.index + match[0].length;
  }
  return text.length;
}

function bare(value: string): string {
  return value.replace(/^(?:"""|'''|\\*["'])|(?:"""|'''|\\*["'])$/g, '').trim();
}

/** The quotes stay, so that a settings file still reads as one. */
function quotesOf(value: string): readonly [string, string] {
  const open = /^(?:"""|'''|\\*["'])/.exec(value)?.[0] ?? '';
  return open !== '' && value.endsWith(open) ? [open, open] : ['', ''];
}
