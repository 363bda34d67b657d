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

/** Signs for one plugin. */
export class UserSigner {
  readonly #plugin: string;
  readonly #key: KeyObject;

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
    const time = String(nowMs);
    const text = signedText({ plugin: this.#plugin, method, path, user, role, time });
    fields[USER_FIELD] = user;
    fields[ROLE_FIELD] = role;
    fields[TIME_FIELD] = time;
    fields[SIGNATURE_FIELD] = createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}
