/** HTTP requests as the author sees them, from and to the payloads of the wire. */

import type { PluginError } from '../../src/protocol/plugin/envelope.ts';
import {
  type HttpAnswerPayload,
  MAX_INLINE_BODY_BYTES,
  type PiecePayload,
  STREAMED,
} from '../../src/protocol/plugin/http.ts';
import { failure, type Result, success } from '../../src/protocol/result.ts';
import type { HttpAnswer, HttpRequest } from './definition.ts';
import type { Payload } from './kv-requests.ts';
import { pluginError } from './message.ts';
import type { PieceReceiver } from './piece-receiver.ts';
import type { BodyChunks } from './piece-sender.ts';

const NO_BODY = Buffer.alloc(0);

/** What most handlers never look at is read from the payload when it is asked for. */
export class PayloadRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly #payload: Payload;
  readonly #receiver: PieceReceiver | undefined;
  #headers: Record<string, string> | undefined;
  #query: URLSearchParams | undefined;
  #body: Buffer | undefined;
  #controller: AbortController | undefined;
  #abortedBecause: string | undefined;

  constructor(method: string, path: string, payload: Payload, receiver: PieceReceiver | undefined) {
    this.method = method;
    this.path = path;
    this.#payload = payload;
    this.#receiver = receiver;
  }

  get query(): URLSearchParams {
    this.#query ??= readQuery(this.#payload.query);
    return this.#query;
  }

  get target(): string {
    const { query } = this.#payload;
    if (typeof query === 'string') return query === '' ? this.path : `${this.path}?${query}`;
    const text = this.query.toString();
    return text === '' ? this.path : `${this.path}?${text}`;
  }

  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= readHeaders(this.#payload.headers);
    return this.#headers;
  }

  get body(): Buffer {
    this.#body ??= readBody(this.#payload);
    return this.#body;
  }

  get isStreamed(): boolean {
    return this.#receiver !== undefined;
  }

  get stream(): AsyncIterable<Buffer> {
    return this.#receiver ?? once(this.body);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortedBecause !== undefined) this.#controller.abort(new Error(this.#abortedBecause));
    }
    return this.#controller.signal;
  }

  /** Who asked has left. */
  abort(reason: string): void {
    this.#abortedBecause ??= reason;
    this.#controller?.abort(new Error(reason));
    this.#receiver?.fail(reason);
  }
}

/** What a handler's answer becomes: the message, and what has to follow it in pieces. */
export interface WrittenAnswer {
  readonly payload: HttpAnswerPayload;
  readonly rest: BodyChunks | undefined;
}

export function writeHttpAnswer(answer: HttpAnswer): WrittenAnswer {
  const body = answer.body ?? '';
  const head = { status: answer.status ?? 200, headers: answer.headers ?? {} };
  if (typeof body === 'string') {
    if (body === STREAMED) return inBase64(head, Buffer.from(body));
    if (body.length * 3 <= MAX_INLINE_BODY_BYTES || Buffer.byteLength(body) <= MAX_INLINE_BODY_BYTES)
      return { payload: { ...head, body }, rest: undefined };
    return { payload: { ...head, body: STREAMED }, rest: once(Buffer.from(body)) };
  }
  if (!(body instanceof Uint8Array)) return { payload: { ...head, body: STREAMED }, rest: body };
  if (body.byteLength > MAX_INLINE_BODY_BYTES)
    return { payload: { ...head, body: STREAMED }, rest: once(body) };
  return inBase64(head, Buffer.from(body.buffer, body.byteOffset, body.byteLength));
}

/** Why this is no request that can be answered, or undefined. */
export function requestFault(payload: Payload, takesStreams: boolean): PluginError | undefined {
  if (typeof payload.method !== 'string' || typeof payload.path !== 'string') {
    return pluginError('invalid', '"method" and "path" must be texts');
  }
  if (payload.body !== STREAMED || takesStreams) return undefined;
  return pluginError('too_large', `bodies over ${MAX_INLINE_BODY_BYTES} bytes are not taken here`);
}

/** A word on an exchange that goes on: it is no request, and needs no answer. */
export function readPiece(payload: Payload): Result<PiecePayload, undefined> {
  if (payload.method !== undefined) return failure(undefined);
  const { piece, last, credit, abort } = payload;
  if (typeof piece === 'string') return success({ piece, last: last === true });
  if (typeof credit === 'number') return success({ credit });
  return typeof abort === 'string' ? success({ abort }) : failure(undefined);
}

function inBase64(
  head: { status: number; headers: HttpAnswerPayload['headers'] },
  body: Buffer,
): WrittenAnswer {
  return { payload: { ...head, body_base64: body.toString('base64') }, rest: undefined };
}

async function* once<Chunk>(chunk: Chunk): AsyncGenerator<Chunk, void, void> {
  yield chunk;
}

/** A query comes as text (`a=1&b=2`) or as an object whose values are texts or lists of texts. */
function readQuery(query: unknown): URLSearchParams {
  if (typeof query === 'string') return new URLSearchParams(query);
  const read = new URLSearchParams();
  if (typeof query !== 'object' || query === null) return read;
  for (const [name, values] of Object.entries(query)) {
    for (const value of Array.isArray(values) ? values : [values]) read.append(name, String(value));
  }
  return read;
}

function readHeaders(headers: unknown): Record<string, string> {
  if (typeof headers !== 'object' || headers === null) return {};
  const entries = Object.entries(headers).map(
    ([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : String(value)] as const,
  );
  return Object.fromEntries(entries);
}

function readBody(payload: Payload): Buffer {
  if (typeof payload.body_base64 === 'string') return Buffer.from(payload.body_base64, 'base64');
  if (typeof payload.body !== 'string' || payload.body === STREAMED) return NO_BODY;
  return Buffer.from(payload.body);
}
