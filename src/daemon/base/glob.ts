/**
 * Patterns over plugin ids: `*` any text, `?` one character, `[a-z]` one of, `[!a-z]` none of. Own matcher instead of a
 * regular expression made from a client's text: its work is at most pattern × id, whatever the pattern is.
 */

type Token =
  | { readonly kind: 'text' }
  | { readonly kind: 'one'; readonly accepts: (character: string) => boolean };

const ANY_TEXT: Token = { kind: 'text' };

export function isGlob(word: string): boolean {
  return /[*?[]/.test(word);
}

export class Glob {
  readonly #tokens: readonly Token[];
  readonly #minLength: number;

  constructor(pattern: string) {
    this.#tokens = tokenize(pattern);
    this.#minLength = this.#tokens.filter((token) => token.kind === 'one').length;
  }

  matches(id: Pick<string, 'length' | 'charAt'>): boolean {
    if (id.length < this.#minLength) return false;
    let token = 0;
    let at = 0;
    // Where to go on when what follows the last `*` does not fit: one character later.
    let retryToken = -1;
    let retryAt = 0;
    while (at < id.length) {
      const wanted = this.#tokens[token];
      if (wanted?.kind === 'text') {
        retryToken = token++;
        retryAt = at;
      } else if (wanted?.accepts(id.charAt(at))) {
        token++;
        at++;
      } else if (retryToken >= 0) {
        token = retryToken + 1;
        at = ++retryAt;
      } else {
        return false;
      }
    }
    while (this.#tokens[token]?.kind === 'text') token++;
    return token === this.#tokens.length;
  }
}

function tokenize(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < pattern.length) {
    const character = pattern.charAt(at);
    const end = character === '[' ? pattern.indexOf(']', at + 2) : -1;
    if (character === '*') {
      if (tokens.at(-1) !== ANY_TEXT) tokens.push(ANY_TEXT);
    } else if (end !== -1) {
      tokens.push({ kind: 'one', accepts: readSet(pattern.slice(at + 1, end)) });
      at = end;
    } else {
      // A bracket that is never closed stands for itself.
      tokens.push({ kind: 'one', accepts: character === '?' ? () => true : (other) => other === character });
    }
    at++;
  }
  return tokens;
}

/** What stands between brackets; `-` between two characters is a range. */
function readSet(content: string): (character: string) => boolean {
  const isNegated = content.startsWith('!') || content.startsWith('^');
  const body = isNegated ? content.slice(1) : content;
  const ranges: [string, string][] = [];
  for (let at = 0; at < body.length; at++) {
    const first = body.charAt(at);
    const isRange = body.charAt(at + 1) === '-' && at + 2 < body.length;
    ranges.push([first, isRange ? body.charAt(at + 2) : first]);
    if (isRange) at += 2;
  }
  return (character) => ranges.some(([first, last]) => character >= first && character <= last) !== isNegated;
}
