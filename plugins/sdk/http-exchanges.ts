/** The `http` requests that are being answered: their bodies in pieces both ways, and what happens when somebody leaves. */

import type { PluginMessage } from '../../src/protocol/plugin/envelope.ts';
import { type PiecePayload, STREAMED } from '../../src/protocol/plugin/http.ts';
import { messageOf } from '../../src/protocol/result.ts';
import type { Connection } from './connection.ts';
import type { HttpAnswer, PluginContext, PluginDefinition } from './definition.ts';
import { PayloadRequest, readPiece, requestFault, type WrittenAnswer, writeHttpAnswer } from './http.ts';
import { pluginError } from './message.ts';
import { PieceReceiver } from './piece-receiver.ts';
import { PieceSender } from './piece-sender.ts';

interface Exchange {
  readonly request: PayloadRequest;
  readonly receiver: PieceReceiver | undefined;
  sender: PieceSender | undefined;
}

type HttpHandler = NonNullable<PluginDefinition['http']>;

export class HttpExchanges {
  readonly #handler: HttpHandler | undefined;
  readonly #takesStreams: boolean;
  readonly #context: PluginContext;
  readonly #open = new Map<Connection, Map<string, Exchange>>();

  constructor(definition: PluginDefinition, context: PluginContext) {
    this.#handler = definition.http;
    this.#takesStreams = definition.httpStreams === true;
    this.#context = context;
  }

  /** Answers one request. Never rejects: what a handler throws is logged and becomes `internal`. */
  async answer(message: PluginMessage, connection: Connection): Promise<void> {
    const handler = this.#handler;
    if (handler === undefined) {
      connection.refuse(message, pluginError('unknown_type', 'this plugin serves no http'));
      return;
    }
    const fault = requestFault(message.payload, this.#takesStreams);
    if (fault !== undefined) {
      connection.refuse(message, fault);
      return;
    }
    const exchange = this.#begin(message, connection);
    try {
      const made = handler(exchange.request, this.#context);
      await this.#send(writeHttpAnswer(isPromise(made) ? await made : made), exchange, message, connection);
    } catch (thrown) {
      this.#context.log.err(`http: ${messageOf(thrown)}`);
      connection.refuse(message, pluginError('internal', messageOf(thrown)));
    } finally {
      this.#end(message, connection);
    }
  }

  /** True when the message is a word on an exchange, whether that is still open or not. */
  onPiece(message: PluginMessage, connection: Connection): boolean {
    const read = readPiece(message.payload);
    if (!read.ok) return false;
    const exchange = this.#open.get(connection)?.get(message.request_id);
    if (exchange === undefined) return true;
    const word = read.value;
    if ('piece' in word) {
      const fault = exchange.receiver?.push(word.piece, word.last);
      if (fault !== undefined) this.#say(message, connection, { abort: fault });
    } else if ('credit' in word) exchange.sender?.addCredit(word.credit);
    else this.#leave(exchange, word.abort);
    return true;
  }

  onClosed(connection: Connection): void {
    const exchanges = this.#open.get(connection);
    this.#open.delete(connection);
    for (const exchange of exchanges?.values() ?? []) this.#leave(exchange, 'the connection was closed');
  }

  #begin(message: PluginMessage, connection: Connection): Exchange {
    const { payload, request_id } = message;
    const receiver =
      payload.body === STREAMED
        ? new PieceReceiver((word) => this.#say(message, connection, word))
        : undefined;
    const request = new PayloadRequest(String(payload.method), String(payload.path), payload, receiver);
    const exchange: Exchange = { request, receiver, sender: undefined };
    let exchanges = this.#open.get(connection);
    if (exchanges === undefined) {
      exchanges = new Map();
      this.#open.set(connection, exchanges);
    }
    exchanges.set(request_id, exchange);
    return exchange;
  }

  async #send(
    { payload, rest }: WrittenAnswer,
    exchange: Exchange,
    message: PluginMessage,
    connection: Connection,
  ): Promise<void> {
    if (rest === undefined) {
      connection.answer(message, { ...payload });
      return;
    }
    const sender = new PieceSender((word) => this.#say(message, connection, word));
    exchange.sender = sender;
    connection.answer(message, { ...payload });
    try {
      await sender.send(rest);
    } catch (thrown) {
      // The head is out: all that can be said is that the rest will not come.
      if (!sender.isStopped) this.#context.log.err(`http: ${messageOf(thrown)}`);
      this.#say(message, connection, { abort: messageOf(thrown) });
    }
  }

  #leave({ request, sender }: Exchange, reason: string): void {
    sender?.stop();
    request.abort(reason);
  }

  /** What was not read of a body is not wanted any more. */
  #end(message: PluginMessage, connection: Connection): void {
    const exchanges = this.#open.get(connection);
    const exchange = exchanges?.get(message.request_id);
    exchanges?.delete(message.request_id);
    if (exchanges?.size === 0) this.#open.delete(connection);
    const { receiver } = exchange ?? {};
    if (receiver === undefined || receiver.isOver) return;
    this.#say(message, connection, { abort: 'the request was answered' });
    receiver.fail('the request was answered');
  }

  #say({ request_id }: PluginMessage, connection: Connection, word: PiecePayload): void {
    connection.ask('http', request_id, { ...word });
  }
}

function isPromise(made: HttpAnswer | Promise<HttpAnswer>): made is Promise<HttpAnswer> {
  return 'then' in made;
}
