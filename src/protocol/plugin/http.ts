/**
 * Payloads of the type `http`. A body of up to 1 MiB travels inline; a larger one, or one whose end is not known yet, has
 * `body: "stream"` and follows in pieces, in either direction, under the request_id of the exchange:
 *
 *   { piece: base64, last: bool }   a piece of the body, which its sender may send while it has credit
 *   { credit: n }                   its receiver has used n pieces up: so many more may come
 *   { abort: "why" }                nothing more will come, or is wanted, of this exchange; needs no answer
 *
 * Each direction begins with a credit of four pieces, so that one body never blocks what else is on the connection.
 */

/** Longest body that travels inside one message, in bytes. */
export const MAX_INLINE_BODY_BYTES = 1024 * 1024;
/** Longest piece, in bytes before base64. */
export const MAX_PIECE_BYTES = 64 * 1024;
/** Pieces that may be under way without having been used up. */
export const PIECE_CREDIT = 4;
/** In place of a body: it follows in pieces. */
export const STREAMED = 'stream';

/** Names in lower case. A list is a field that stands there several times (`set-cookie`). */
export type HttpFields = Readonly<Record<string, string | readonly string[]>>;

export interface HttpRequestPayload {
  readonly method: string;
  /** Begins with the plugin's route; percent-encoded as it came. */
  readonly path: string;
  /** What stands behind the `?`, percent-encoded as it came; empty without one. */
  readonly query: string;
  readonly headers: HttpFields;
  /** Text (UTF-8), or `stream`. A text that is exactly `stream` travels as base64. */
  readonly body?: string;
  readonly body_base64?: string;
}

export interface HttpAnswerPayload {
  /** 200 to 599. */
  readonly status: number;
  readonly headers: HttpFields;
  readonly body?: string;
  readonly body_base64?: string;
}

export type PiecePayload =
  | { readonly piece: string; readonly last: boolean }
  | { readonly credit: number }
  | { readonly abort: string };
