/** The module's settings: environment variables, which an admin sets in [environment] of plugins.d/web.toml. */

import { isIP } from 'node:net';
import { dirname, isAbsolute, join } from 'node:path';
import { failure, type Result, success } from '../../src/protocol/result.ts';
import { AddressList } from './server/address-list.ts';
import type { VariableName } from './variables.ts';

export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 3000;

export interface TlsFiles {
  /** PEM, the chain included. */
  readonly certificate: string;
  readonly key: string;
}

export interface Settings {
  /** STEERING_HOST. */
  readonly host: string;
  /** STEERING_PORT; 0: any that is free, said in the log. */
  readonly port: number;
  /** PRODUCTION: cookies are for HTTPS alone. */
  readonly isProduction: boolean;
  /** TLS_CERTIFICATE and TLS_KEY; undefined: plain HTTP. */
  readonly tls: TlsFiles | undefined;
  /** TRUSTED_PROXIES: addresses and networks whose X-Forwarded-* fields are believed. */
  readonly trustedProxies: AddressList;
  /** CONTROL_SOCKET; else torud's own, as torud names it. */
  readonly controlSocket: string;
  /** Id of this very plugin. */
  readonly ownId: string;
  readonly adminName: string;
  readonly adminPassword: string | undefined;
  /** CONSOLE_FOLDER; else `console` beside the program. */
  readonly consoleFolder: string;
}

type Environment = Readonly<
  Partial<Record<VariableName | 'TORU_SOCKET' | 'TORU_CONTROL_SOCKET' | 'TORU_PLUGIN_ID', string>>
>;

/** The failure: one line that names the variable. */
export function readSettings(env: Environment): Result<Settings, string> {
  const host = env.STEERING_HOST || DEFAULT_HOST;
  if (isIP(host) === 0 && !/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(host)) {
    return failure(`STEERING_HOST: "${host}" is no address and no host name`);
  }
  const port = env.STEERING_PORT ? Number(env.STEERING_PORT) : DEFAULT_PORT;
  if (!/^\d{0,5}$/.test(env.STEERING_PORT ?? '') || port > 65_535) {
    return failure(`STEERING_PORT: "${env.STEERING_PORT}" is no port (0 to 65535)`);
  }
  const isProduction = readFlag(env.PRODUCTION ?? '');
  if (isProduction === undefined) return failure(`PRODUCTION: "${env.PRODUCTION}" must be true or false`);
  const tls = readTls(env);
  if (!tls.ok) return tls;
  const trustedProxies = AddressList.parse(env.TRUSTED_PROXIES ?? '');
  if (!trustedProxies.ok) return failure(`TRUSTED_PROXIES: ${trustedProxies.failure}`);
  const controlSocket = controlSocketOf(env);
  if (controlSocket === undefined) return failure('TORU_SOCKET is not set: torud starts this program');
  return success({
    host,
    port,
    isProduction,
    tls: tls.value,
    trustedProxies: trustedProxies.value,
    controlSocket,
    ownId: env.TORU_PLUGIN_ID || 'web',
    adminName: env.ADMIN_USERNAME || 'admin',
    adminPassword: env.ADMIN_PASSWORD,
    consoleFolder: env.CONSOLE_FOLDER || join(dirname(process.argv[1] ?? ''), 'console'),
  });
}

function readTls(env: Environment): Result<TlsFiles | undefined, string> {
  const { TLS_CERTIFICATE: certificate, TLS_KEY: key } = env;
  if (!certificate && !key) return success(undefined);
  if (!certificate || !key) return failure('TLS_CERTIFICATE and TLS_KEY are only set together');
  const relative = [certificate, key].find((file) => !isAbsolute(file));
  if (relative !== undefined)
    return failure(`TLS_CERTIFICATE and TLS_KEY: "${relative}" is no absolute path`);
  return success({ certificate, key });
}

/** Unset is false; any other word than these is a mistake that must not make cookies less safe. */
function readFlag(text: string): boolean | undefined {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  return /^(0|false|no|off|)$/i.test(text) ? false : undefined;
}

/** Without torud's word for it: plugins' sockets lie in a folder beside the control socket (src/protocol/paths.ts). */
function controlSocketOf(env: Environment): string | undefined {
  const given = env.CONTROL_SOCKET || env.TORU_CONTROL_SOCKET;
  if (given) return given;
  return env.TORU_SOCKET ? join(dirname(dirname(env.TORU_SOCKET)), 'control.sock') : undefined;
}
