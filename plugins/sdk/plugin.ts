/** A running plugin: whose word counts, where answers go, and how it ends. */

import type { PluginMessage } from '../../src/protocol/plugin/envelope.ts';
import { messageOf } from '../../src/protocol/result.ts';
import type { Connection } from './connection.ts';
import type { PluginDefinition, ShutdownReason } from './definition.ts';
import { Handlers } from './handlers.ts';
import { HttpExchanges } from './http-exchanges.ts';
import type { KvRequests } from './kv-requests.ts';
import { Lifecycle, type WritableContext } from './lifecycle.ts';
import type { ListenEvents } from './listen.ts';
import type { Log } from './log.ts';
import { pluginError } from './message.ts';

/** Longest part of a peer's error that goes into the log, in characters. */
const MAX_LOGGED_CHARACTERS = 500;

export class Plugin implements ListenEvents {
  readonly #log: Log;
  readonly #requests: KvRequests;
  readonly #lifecycle: Lifecycle;
  readonly #handlers: Handlers;
  readonly #http: HttpExchanges;
  readonly #end: (code: number) => void;
  /** The connection that sent the latest `init`. */
  #core: Connection | undefined;

  /** @param end leaves the process with that exit code */
  constructor(
    definition: PluginDefinition,
    context: WritableContext,
    requests: KvRequests,
    end: (code: number) => void,
  ) {
    this.#log = context.log;
    this.#requests = requests;
    this.#lifecycle = new Lifecycle(definition, context);
    this.#handlers = new Handlers(definition, context, this.#lifecycle);
    this.#http = new HttpExchanges(definition, context);
    this.#end = end;
  }

  onFailed(reason: string): void {
    this.#log.err(reason);
    this.#end(1);
  }

  onClosed(connection: Connection): void {
    this.#http.onClosed(connection);
    if (connection !== this.#core) return;
    this.#core = undefined;
    this.#requests.detach();
  }

  onAnswer(message: PluginMessage, connection: Connection): boolean {
    const { type, request_id, payload } = message;
    if (type === 'http' && this.#http.onPiece(message, connection)) return true;
    const isError = type === 'error' || payload.error !== undefined;
    const isExpected = connection === this.#core && (isError || type === 'kv');
    if (isExpected && this.#requests.onAnswered(request_id, payload)) return true;
    // An error is never answered with an error, or two peers would go on for ever.
    if (isError) {
      const text = JSON.stringify(payload.error ?? payload).slice(0, MAX_LOGGED_CHARACTERS);
      this.#log.warning(`a peer reports an error: ${text}`);
    }
    return isError || type === 'kv';
  }

  onRequest(message: PluginMessage, connection: Connection): void {
    if (message.type === 'http' && this.#lifecycle.isReady) {
      void this.#http.answer(message, connection);
      return;
    }
    const action = message.type === 'lifecycle' ? message.payload.action : undefined;
    if (action === 'shutdown') {
      void this.#onShutdown(message, connection);
      return;
    }
    if (action === 'init' && this.#lifecycle.isThisRun(message.payload)) this.#follow(connection);
    void this.#handlers.reply(message, connection === this.#core).then((reply) => {
      if (reply.ok) connection.answer(message, reply.value);
      else connection.refuse(message, reply.failure);
    });
  }

  /** Runs the author's `shutdown` once, whoever asks; false when it threw. Never rejects. */
  async shutdown(reason: ShutdownReason): Promise<boolean> {
    try {
      await this.#lifecycle.shutdown(reason);
      return true;
    } catch (thrown) {
      this.#log.err(`shutdown: ${messageOf(thrown)}`);
      return false;
    }
  }

  /** From now on this is the core; what waits for an answer is asked there again. */
  #follow(connection: Connection): void {
    this.#core = connection;
    this.#requests.attach((requestId, request) => connection.ask('kv', requestId, request));
  }

  async #onShutdown(message: PluginMessage, connection: Connection): Promise<void> {
    if (this.#core !== undefined && connection !== this.#core) {
      connection.refuse(message, pluginError('denied', 'only torud may ask for a shutdown'));
      return;
    }
    const { reason, grace_ms } = message.payload;
    const graceMs = typeof grace_ms === 'number' ? grace_ms : null;
    const isClean = await this.shutdown({ reason: String(reason ?? ''), graceMs });
    if (isClean) connection.answer(message, { ok: true });
    else connection.refuse(message, pluginError('internal', 'the shutdown handler failed'));
    await connection.flushed();
    this.#end(isClean ? 0 : 1);
  }
}
