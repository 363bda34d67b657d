/** Who is signed in at the web plugin, as that says it in signed fields of a request. */

import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  MAX_SIGNATURE_AGE_MS,
  ROLE_FIELD,
  SIGNATURE_FIELD,
  signedText,
  TIME_FIELD,
  USER_FIELD,
  USER_KEY_NAME,
} from '../../src/protocol/plugin/forwarded-user.ts';
import type { KvClient } from './kv-client.ts';

export interface ForwardedUser {
  readonly name: string;
  readonly role: 'view' | 'operate' | 'admin';
}

/** A request of the SDK, or one of node:http. */
export interface UserRequest {
  readonly method?: string | undefined;
  /** Path and query; `url` is the same in node:http. */
  readonly target?: string;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** A key that does not fit is asked for again, but no more often than this, in milliseconds. */
const ASK_AGAIN_MS = 5_000;

export class ForwardedUsers {
  readonly #kv: Pick<KvClient, 'get'>;
  readonly #pluginId: () => string;
  #key: Buffer | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(kv: Pick<KvClient, 'get'>, pluginId: () => string) {
    this.#kv = kv;
    this.#pluginId = pluginId;
  }

  /** undefined: nobody is signed in, or the fields are not the web plugin's word. */
  async of(request: UserRequest): Promise<ForwardedUser | undefined> {
    const { headers } = request;
    const [user, role, time] = [headers[USER_FIELD], headers[ROLE_FIELD], headers[TIME_FIELD]];
    const signature = headers[SIGNATURE_FIELD];
    if (typeof user !== 'string' || typeof time !== 'string' || typeof signature !== 'string')
      return undefined;
    if (role !== 'view' && role !== 'operate' && role !== 'admin') return undefined;
    if (!(Math.abs(Date.now() - Number(time)) <= MAX_SIGNATURE_AGE_MS)) return undefined;
    const path = request.target ?? request.url ?? '';
    const text = signedText({
      plugin: this.#pluginId(),
      method: request.method ?? '',
      path,
      user,
      role,
      time,
    });
    if (!(await this.#isSigned(text, signature))) return undefined;
    return { name: decodeURIComponent(user), role };
  }

  async #isSigned(text: string, signature: string): Promise<boolean> {
    if (this.#key !== undefined && isHmac(this.#key, text, signature)) return true;
    const now = performance.now();
    if (now - this.#askedAt < ASK_AGAIN_MS) return false;
    this.#askedAt = now;
    const stored = await this.#kv.get(USER_KEY_NAME);
    if (!stored.ok || stored.value.value === null) return false;
    this.#key = Buffer.from(stored.value.value, 'base64url');
    return isHmac(this.#key, text, signature);
  }
}

function isHmac(key: Buffer, text: string, signature: string): boolean {
  const expected = createHmac('sha256', key).update(text).digest();
  const given = Buffer.from(signature, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
