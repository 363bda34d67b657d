/** The signed-in user as fields that a plugin can believe (src/protocol/plugin/forwarded-user.ts). */

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import {
  ROLE_FIELD,
  SIGNATURE_FIELD,
  signedText,
  TIME_FIELD,
  USER_FIELD,
} from '../../../src/protocol/plugin/forwarded-user.ts';
import type { ForwardUser } from './contract.ts';

/** Signatures count for a minute: so fine the time in them has to be. */
const TIME_STEP_MS = 1_000;
/** Signatures that are remembered within a step: pages and scripts ask for the same again and again. */
const MAX_KEPT = 256;
const MAX_KEPT_LENGTH = 512;

/** Signs for one plugin. */
export class UserSigner {
  readonly #plugin: string;
  readonly #key: KeyObject;
  readonly #kept = new Map<string, string>();
  #keptAt = 0;

  constructor(plugin: string, key: Uint8Array) {
    this.#plugin = plugin;
    this.#key = createSecretKey(key);
  }

  /** Adds the four fields. @param path path and query as the plugin gets them */
  sign(
    fields: Record<string, string | string[]>,
    who: ForwardUser,
    method: string,
    path: string,
    nowMs: number,
  ): void {
    const user = encodeURIComponent(who.name);
    const { role } = who;
    const atMs = nowMs - (nowMs % TIME_STEP_MS);
    const time = String(atMs);
    const text = signedText({ plugin: this.#plugin, method, path, user, role, time });
    fields[USER_FIELD] = user;
    fields[ROLE_FIELD] = role;
    fields[TIME_FIELD] = time;
    fields[SIGNATURE_FIELD] = this.#signatureOf(text, atMs);
  }

  #signatureOf(text: string, atMs: number): string {
    if (atMs !== this.#keptAt || this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#keptAt = atMs;
    const known = this.#kept.get(text);
    if (known !== undefined) return known;
    const made = createHmac('sha256', this.#key).update(text).digest('base64url');
    if (text.length <= MAX_KEPT_LENGTH) this.#kept.set(text, made);
    return made;
  }
}
