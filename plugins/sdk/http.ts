/** HTTP requests as the author sees them, from and to the payloads of the wire. */

import type { PluginError } from '../../src/protocol/plugin/envelope.ts';
import { failure, type Result, success } from '../../src/protocol/result.ts';
import type { HttpAnswer, HttpRequest } from './definition.ts';
import type { Payload } from './kv-requests.ts';
import { pluginError } from './message.ts';

/** Longest body that travels inside one message, in bytes (PROTOCOL.md: 1 MiB). */
export const MAX_BODY_BYTES = 1024 * 1024;

export function readHttpRequest(payload: Payload): Result<HttpRequest, PluginError> {
  const { method, path } = payload;
  if (typeof method !== 'string' || typeof path !== 'string') {
    return failure(pluginError('invalid', '"method" and "path" must be texts'));
  }
  if (payload.body === 'stream') {
    return failure(pluginError('too_large', `bodies over ${MAX_BODY_BYTES} bytes are not taken here`));
  }
  const query = readQuery(payload.query);
  return success({ method, path, query, headers: readHeaders(payload.headers), body: readBody(payload) });
}

export function writeHttpAnswer(answer: HttpAnswer): Result<Payload, PluginError> {
  const body = answer.body ?? '';
  const bodyBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  if (bodyBytes > MAX_BODY_BYTES) {
    return failure(pluginError('too_large', `a body of ${bodyBytes} bytes; at most ${MAX_BODY_BYTES}`));
  }
  const head = { status: answer.status ?? 200, headers: answer.headers ?? {} };
  if (typeof body === 'string') return success({ ...head, body });
  return success({ ...head, body_base64: Buffer.from(body).toString('base64') });
}

/** A piece of a streamed body, which nothing here has asked for: it needs no answer. */
export function isBodyPiece(payload: Payload): boolean {
  return typeof payload.piece === 'string' && payload.method === undefined;
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
    ([name, value]) => [name.toLowerCase(), String(value)] as const,
  );
  return Object.fromEntries(entries);
}

function readBody(payload: Payload): Buffer {
  if (typeof payload.body_base64 === 'string') return Buffer.from(payload.body_base64, 'base64');
  return Buffer.from(typeof payload.body === 'string' ? payload.body : '');
}
