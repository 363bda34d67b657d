/** Fields that every answer of our own has; forwarded ones are the plugin's. */

import type { Outgoing } from './http-types.ts';

const FIELDS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};

/** The console's own files may load each other, and talk to this server alone. */
const CONSOLE_FIELDS: Readonly<Record<string, string>> = {
  ...FIELDS,
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

export function setSafeHeaders(response: Outgoing): void {
  for (const [name, value] of Object.entries(FIELDS)) response.setHeader(name, value);
}

/** For what is the plugin's own answer. */
export function clearSafeHeaders(response: Outgoing): void {
  for (const name of Object.keys(FIELDS)) response.removeHeader(name);
}

export function setConsoleHeaders(response: Outgoing): void {
  for (const [name, value] of Object.entries(CONSOLE_FIELDS)) response.setHeader(name, value);
}
