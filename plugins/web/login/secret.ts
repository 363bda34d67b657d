/** Secrets that we make ourselves: session cookies, API tokens. Their hashes are stored, never they. */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 bits: guessing needs no slow hash to be hopeless. */
const SECRET_BYTES = 32;

/** 43 characters of base64url (RFC 4648). */
export function makeSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** SHA-256, hexadecimal. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** In a time that does not tell how much of them is the same. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(one)), Buffer.from(hashSecret(other)));
}
