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
/** `--user NAME:PASSWORD` of curl(1), and flags that are short for a password in some programs. */
const USER_FLAG = /(?<![\w-])(?:-u|--user)(?:["']?\s*,\s*["']?|[\s=]+["']?)([^\s:"',]{1,100}):([^\s"',]+)/g;
const SHORT_FLAG = /(?<![\w-])-p(["']?\s*,\s*["']?|\s+["']?)([^\s"',-][^\s"',]*)/g;
const CLIENT_FLAG =
  /(\b(?:mysql\w*|mariadb[\w-]*|sshpass|redis-cli|7z\w?|zip)\b[^\n]{0,300}?[\s"']-[pa])(["']?\s*,\s*["']?|\s+["']?|["']?)([^\s"',]+)/g;
/** `with password X`; netrc(5); `pass phrase: X`; SQL. */
const PHRASE =
  /\b(pass[ _-]?(?:word|phrase|code|wd)|identified\s+by)(\s*[:=]\s*|\s+(?:is|was)\s+|\s+)(["']?)([^\s"']+)/gi;
/** What follows the word "password" in sentences that tell none. */
const PLAIN_WORD =
  /^(?:a|and|or|of|in|is|was|are|for|from|to|on|at|by|not|no|the|has|had|must|may|can|will|file|hash|field|prompt|manager|policy|required|expired|invalid|incorrect|wrong|missing|changed|reset|auth\w*|failed|failure|rejected|accepted|mismatch|check\w*|with|without|[=:|&;,.()-]+)[.,;:!?)]?$/i;
const ELEMENT = /<([\w:.-]{1,100})((?:\s[^<>]{0,300})?)>([^<>]{1,4000})<\//g;
/** Addresses that whoever knows them may post to. */
const HOOK =
  /\b(https?:\/\/(?:hooks\.[\w.-]{1,100}|[\w.-]{1,100}\/(?:api\/)?webhooks?(?:b2)?|api\.telegram\.org)\/)([^\s"'<>]+)/gi;
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
  left = left.replace(HOOK, (_all, head: string, tail: string) => `${head}${removed(tail)}`);
  left = left.replace(ELEMENT, (all, name: string, more: string, value: string) =>
    isSecretName(name) && value !== REMOVED ? `<${name}${more}>${removed(value)}</` : all,
  );
  left = left.replace(USER_FLAG, (all, _user: string, value: string) =>
    value === REMOVED ? all : `${all.slice(0, -value.length)}${removed(value)}`,
  );
  left = left.replace(CLIENT_FLAG, (all, flag: string, between: string, value: string) =>
    value === REMOVED ? all : `${flag}${between}${removed(value)}`,
  );
  left = left.replace(SHORT_FLAG, (all, between: string, value: string) =>
    value === REMOVED || isPort(value) ? all : `-p${between}${removed(value)}`,
  );
  left = replaceValues(left, NAMED, (match) => match[2] ?? '', removed);
  left = replaceValues(left, FLAG, (match) => match[1] ?? '', removed);
  left = left.replace(PHRASE, (all, name: string, between: string, quote: string, value: string) =>
    value.startsWith(REMOVED) || (quote === '' && PLAIN_WORD.test(value))
      ? all
      : `${name}${between}${quote}${removed(value)}`,
  );
  left = left.replace(SCHEMES, (all, scheme: string, value: string) =>
    // "Basic setup" is no secret: a credential has something beside lower-case letters.
    /[^a-z]/.test(value) ? `${scheme} ${removed(value)}` : all,
  );
  left = left.replace(SHAPES, removed).replace(BASE64_LINE, gone);
  return { text: left, count };
}

/** What follows -p of programs that have no password: a port, a mapping of ports, a path. */
export function isPort(value: string): boolean {
  return /^[\d.:]{1,40}(?:\/(?:tcp|udp))?$|^[.~]?\//.test(value);
}

/** Whether a line ends in `password:`, so that the value is on the next one. */
export function endsInSecretName(line: string): boolean {
  const name = /([A-Za-z_][\w.-]{0,60}(?: phrase)?)["']?\s{0,10}(?:[:=]|\bis)\s{0,10}$/.exec(
    line.slice(-100),
  )?.[1];
  return name !== undefined && isSecretName(name.replace(' ', ''));
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
  const quoteAt = openQuotes(text);
  for (const match of text.matchAll(pattern)) {
    const start = match.index + match[0].length;
    const name = nameOf(match);
    if (match.index < from || !isSecretName(name)) continue;
    const end = valueEnd(text, start, WHOLE_LINE.test(name), quoteAt(match.index));
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
function valueEnd(text: string, start: number, isWholeLine: boolean, open: OpenQuote): number {
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
  if (open !== undefined) {
    // The value is a part of a word in quotes, which is to stay one.
    const close = new RegExp(
      `^(?:\\\\.|[^${open.quote}\\\\\\r\\n])*?(?=${open.quote}(?:[\\s,;)\\]}]|$))`,
    ).exec(rest)?.[0];
    const blank = /\s/.exec(close ?? '')?.index ?? Number.POSITIVE_INFINITY;
    if (close !== undefined && (open.isWord || isWholeLine || blank === Number.POSITIVE_INFINITY))
      return start + close.length;
  }
  const plain = (isWholeLine ? /^[^\r\n]*/ : /^[^\s]*/).exec(rest)?.[0] ?? '';
  return start + plain.length;
}

/** A quote that was opened before a place in the same line. `isWord`: right before it. */
type OpenQuote = { readonly quote: string; readonly isWord: boolean } | undefined;

/** Says of places, in their order, which quote is open there. */
function openQuotes(text: string): (place: number) => OpenQuote {
  let at = 0;
  let quote = '';
  let openedAt = -1;
  return (place) => {
    for (; at < place; at += 1) {
      const sign = text[at] ?? '';
      if (sign === '\n') quote = '';
      else if (sign === '\\') at += 1;
      else if (quote !== '') quote = sign === quote ? '' : quote;
      // An apostrophe within a word opens nothing.
      else if (/["']/.test(sign) && !/\w/.test(text[at - 1] ?? ' ')) {
        quote = sign;
        openedAt = at;
      }
    }
    return quote === '' ? undefined : { quote, isWord: openedAt === place - 1 };
  };
}

/** Past the bracket that closes the first one; brackets within quotes do not count. */
function bracketEnd(text: string): number {
  let depth = 0;
  for (const match of text.matchAll(/"(?:\\.|[^"\\])*"|'[^'\n]*'|#[^\n]*\n|[[\]{}]/g)) {
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
