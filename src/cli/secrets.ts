/** Takes what looks like a secret out of settings that are to be shown to somebody else. */

import type { SettingChange } from '../protocol/control/crashes.ts';

/** Stands in the place of a value that was taken out. */
export const REMOVED = '(removed)';

const SECRET_NAME =
  /token|secret|passw|passphrase|pwd|credential|private|cookie|session|salt|signature|licen[cs]e|api_?key|auth|bearer|dsn|(^|[._-])pass([._-]|$)|key(s|id|file|path)?$|(^|[._-])key([._-]|$)/i;

/** A password inside an address: `postgres://user:PASSWORD@host`. */
const ADDRESS_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*:)([^\s/?#@]+)@/gi;

/** A text that short may stand anywhere by chance, so it is taken out under its own name alone. */
const MIN_TEXT_LENGTH = 6;

export function looksSecret(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Collects the secrets of settings, and then takes them out of everything that repeats them. */
export class SecretFilter {
  /** Dotted keys whose values were taken out, in the order found, each once. */
  readonly removed = new Set<string>();
  readonly #texts = new Set<string>();

  /** Remembers the values under names that look secret, in `environment` and `config` of settings at any depth. */
  learn(value: unknown, path = ''): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      const key = path === '' ? name : `${path}.${name}`;
      if (isOpen(key) && looksSecret(name)) this.#learnText(inner);
      else this.learn(inner, key);
    }
  }

  /** The same without secrets: those under their names, those that `learn` saw wherever they stand, passwords in addresses. */
  clean(value: unknown, path = ''): unknown {
    if (typeof value === 'string') return this.cleanText(value, path);
    if (Array.isArray(value)) return value.map((inner) => this.clean(inner, path));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        const key = path === '' ? name : `${path}.${name}`;
        if (!isOpen(key) || !looksSecret(name) || inner === null) return [name, this.clean(inner, key)];
        this.removed.add(shortKey(key));
        return [name, REMOVED];
      }),
    );
  }

  /** A change names its setting as a value, where `clean` does not look for names. */
  cleanChange({ key, before, after }: SettingChange): SettingChange {
    return { key, before: this.#cleanLeaf(key, before), after: this.#cleanLeaf(key, after) };
  }

  learnChange({ key, before, after }: SettingChange): void {
    for (const value of [before, after]) this.learn(nested(key.split('.'), value));
  }

  #cleanLeaf(key: string, value: unknown): unknown {
    if (value === null) return null;
    const names = key.split('.');
    let inner = this.clean(nested(names, value));
    for (const name of names) {
      if (typeof inner !== 'object' || inner === null) break;
      inner = (inner as Readonly<Record<string, unknown>>)[name];
    }
    return inner;
  }

  cleanText(text: string, path = 'text'): string {
    let clean = text.replace(ADDRESS_PASSWORD, (_all, before: string) => `${before}${REMOVED}@`);
    for (const secret of this.#texts) clean = clean.replaceAll(secret, REMOVED);
    if (clean !== text) this.removed.add(shortKey(path));
    return clean;
  }

  #learnText(value: unknown): void {
    if (typeof value === 'string' && value.length >= MIN_TEXT_LENGTH) this.#texts.add(value);
    else if (typeof value === 'object' && value !== null)
      for (const inner of Object.values(value)) this.#learnText(inner);
  }
}

function nested(names: readonly string[], value: unknown): unknown {
  return names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
}

/** Only what people set freely may hold a secret; `restart.limit` may not. */
function isOpen(key: string): boolean {
  return /(^|\.)(environment|config)\./.test(key);
}

/** Without where it stood in the document: `run.settings.settings.environment.DB_PASSWORD` is `environment.DB_PASSWORD`. */
function shortKey(key: string): string {
  return /(?:^|\.)((?:environment|config)\..*)$/.exec(key)?.[1] ?? key;
}
