/** The module's settings: what each variable means, for the manual and for a hint at a misspelt one. */

export interface Variable {
  /** As a person reads it; undefined: none. */
  readonly builtIn?: string;
  readonly does: string;
}

export const VARIABLES = {
  ADMIN_USERNAME: { builtIn: 'admin', does: 'name of the first user, who gets the role admin' },
  ADMIN_PASSWORD: {
    does: 'its password; needed at the first start, unless "toru web user add NAME --role admin" has made a user, and of no effect later: take it out again then',
  },
  STEERING_HOST: { builtIn: '127.0.0.1', does: 'address or host name that it listens on' },
  STEERING_PORT: { builtIn: '3000', does: 'port; 0 takes a free one, and the log says which' },
  PRODUCTION: {
    builtIn: 'false',
    does: 'true: the session cookie is for HTTPS alone; set it wherever browsers come by HTTPS, also where a proxy ends it',
  },
  TLS_CERTIFICATE: {
    does: 'PEM file with the certificate and its chain, absolute path: HTTPS, HTTP/2 too; a new one is taken when the file changes; only together with TLS_KEY',
  },
  TLS_KEY: {
    does: 'PEM file with its key, absolute path; the user that the module runs as must be able to read it',
  },
  TRUSTED_PROXIES: {
    does: 'addresses and networks of reverse proxies, with commas or spaces between: what they say in X-Forwarded-For, -Proto and -Host is believed',
  },
  CONTROL_SOCKET: { builtIn: "torud's own", does: "torud's control socket" },
  CONSOLE_FOLDER: {
    builtIn: 'console, beside the program',
    does: 'folder with the files of the browser console',
  },
} as const satisfies Readonly<Record<string, Variable>>;

export type VariableName = keyof typeof VARIABLES;

/** What the names of this module's variables begin with, and no other program's are likely to. */
const OURS = /^(ADMIN|STEERING|TLS|TRUSTED|CONTROL|CONSOLE|PRODUCTION)(_|$)/;

/** Set variables that look like settings of this module and are none; sorted. */
export function strangers(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.keys(env)
    .filter((name) => OURS.test(name) && !Object.hasOwn(VARIABLES, name))
    .sort();
}
