/** Which names of settings, variables and headers look as if what they hold is secret. */

/** In a word with anything around it. */
const PARTS = ['password', 'passwd', 'passphrase', 'secret', 'token', 'credential', 'apikey', 'cookie'];
/** Words by themselves: `auth` but not `author`. */
const WORDS = new Set([
  'auth',
  'authorization',
  'authentication',
  'bearer',
  'cert',
  'cred',
  'creds',
  'dsn',
  'jwt',
  'keys',
  'nonce',
  'otp',
  'pin',
  'pat',
  'private',
  'psk',
  'pw',
  'pwd',
  'salt',
  'session',
  'sessionid',
  'signature',
  'sk',
]);
const ENDINGS = /(?:key|pass|pwd)$/;

/** `DB_PASSWORD`, `apiKey`, `x-auth-token`, `auth.basic`; too many rather than too few. */
export function isSecretName(name: string): boolean {
  const lower = name.toLowerCase();
  if (PARTS.some((part) => lower.replace(/[-_. ]/g, '').includes(part))) return true;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.some((word) => WORDS.has(word) || ENDINGS.test(word));
}
