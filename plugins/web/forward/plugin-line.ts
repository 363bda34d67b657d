/** All connections to one run of a plugin, and what its requests are signed with. */

import { Pool } from 'undici';
import type { ForwardLimits, ForwardOptions, ForwardTarget } from './contract.ts';
import { MessagePool } from './message-pool.ts';
import { connectTo } from './plugin-socket.ts';
import { UserSigner } from './user-fields.ts';

/**
 * Connections for plain HTTP at most; more requests than that wait for one. Each stream (SSE, a large body) has its own, so
 * it is as high as the requests of one plugin may be many.
 */
const MAX_HTTP_CONNECTIONS = 1024;
/** An idle connection is closed before a plugin is likely to close it: Node's servers do so after 5 s. */
const IDLE_MS = 2_000;

export class PluginLine {
  readonly runId: number;
  readonly messages: MessagePool;
  /** undefined: the plugin serves no plain HTTP. */
  readonly http: Pool | undefined;
  /** Requests that are being answered. */
  size = 0;
  readonly #id: string;
  #signer: UserSigner | undefined;

  constructor({ id, runId, socket, httpSocket }: ForwardTarget, limits: ForwardLimits) {
    this.#id = id;
    this.runId = runId;
    this.messages = new MessagePool(socket ?? '');
    if (httpSocket === null) return;
    this.http = new Pool('http://plugin', {
      connect: connectTo(httpSocket),
      connections: MAX_HTTP_CONNECTIONS,
      pipelining: 1,
      headersTimeout: limits.answerMs,
      // Server-sent events may be silent for hours; a client that leaves ends the exchange.
      bodyTimeout: 0,
      maxHeaderSize: limits.maxHeadBytes,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
    });
  }

  /** undefined while there is no key: then no user is named. */
  get signer(): UserSigner | undefined {
    return this.#signer;
  }

  /** Sees to it that there is a signer, if there is a key to sign with. */
  async makeSigner(keyOf: ForwardOptions['keyOf']): Promise<void> {
    const key = this.#signer === undefined ? await keyOf(this.#id) : undefined;
    if (key !== undefined) this.#signer ??= new UserSigner(this.#id, key);
  }

  /** The run is over: what it still answers comes to its end, and nothing new begins. */
  retire(): void {
    this.messages.closeIdle();
    void this.http?.close();
  }

  async close(): Promise<void> {
    this.messages.close('the web plugin ends');
    await this.http?.destroy();
  }
}
