/** The keys that users are signed with: one a plugin, made from one secret, handed over through the plugin's own store. */

import { createHmac } from 'node:crypto';

/** Puts a text under USER_KEY_NAME into a plugin's store (`kv.set` of the control protocol). False: it could not. Never rejects. */
export type HandOver = (pluginId: string, keyText: string) => Promise<boolean>;

/** After a plugin's store refused the key: how long users are not named to it before it is tried again, in milliseconds. */
const TRY_AGAIN_MS = 10_000;

export class UserKeys {
  readonly #secret: Uint8Array;
  readonly #handOver: HandOver;
  readonly #keys = new Map<string, Promise<Uint8Array | undefined>>();

  /** @param secret at least 32 random bytes that outlive the process, so that keys stay what they were */
  constructor(secret: Uint8Array, handOver: HandOver) {
    this.#secret = secret;
    this.#handOver = handOver;
  }

  /** Hands the key over before it is used for the first time in this process. */
  keyOf(pluginId: string): Promise<Uint8Array | undefined> {
    let key = this.#keys.get(pluginId);
    if (key === undefined) {
      key = this.#make(pluginId);
      this.#keys.set(pluginId, key);
    }
    return key;
  }

  /** The plugin was removed, and its store may have been: it gets its key again when it is asked for. */
  forget(pluginId: string): void {
    this.#keys.delete(pluginId);
  }

  async #make(pluginId: string): Promise<Uint8Array | undefined> {
    const key = createHmac('sha256', this.#secret).update(`toru-user-key\n${pluginId}`).digest();
    if (await this.#handOver(pluginId, key.toString('base64url'))) return key;
    setTimeout(() => this.#keys.delete(pluginId), TRY_AGAIN_MS).unref();
    return undefined;
  }
}
