/** What a plugin's message says as an answer: its head, its body, or why it is none. */

import { PLUGIN_ERROR_CODES, type PluginErrorCode } from '../../../src/protocol/plugin/envelope.ts';
import { MAX_INLINE_BODY_BYTES, STREAMED } from '../../../src/protocol/plugin/http.ts';
import { failure, type Result, success } from '../../../src/protocol/result.ts';
import { type AnswerFields, answerFields } from './answer-headers.ts';
import type { Problem } from './contract.ts';
import type { Payload } from './message-link.ts';
import { badAnswer } from './problem.ts';

export interface MessageAnswer {
  readonly status: number;
  readonly fields: AnswerFields;
  /** `undefined`: it follows in pieces. */
  readonly body: string | Buffer | undefined;
}

/** What the errors of the plugin protocol mean to a client of HTTP. What the plugin says of them is for the log alone. */
const REFUSALS: Readonly<Record<PluginErrorCode, Omit<Problem, 'detail'>>> = {
  unknown_type: { status: 404, code: 'not_found' },
  not_found: { status: 404, code: 'not_found' },
  invalid: { status: 502, code: 'failed' },
  denied: { status: 403, code: 'denied' },
  timeout: { status: 504, code: 'timeout' },
  too_large: { status: 413, code: 'too_large' },
  unavailable: { status: 503, code: 'unavailable', retryAfterSeconds: 1 },
  conflict: { status: 409, code: 'conflict' },
  internal: { status: 502, code: 'failed' },
};

/** Statuses without a body (RFC 9110 §6.4.1). */
export function hasNoBody(status: number): boolean {
  return status === 204 || status === 304;
}

export function readAnswer(
  id: string,
  payload: Payload,
  hiddenCookies: readonly string[],
): Result<MessageAnswer, Problem> {
  const { status, headers, body, body_base64: encoded } = payload;
  if (payload.error !== undefined) return failure(refusalOf(id, payload.error));
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599)
    return failure(badAnswer(id, 'its status is no number from 200 to 599'));
  if (headers !== undefined && (typeof headers !== 'object' || headers === null || Array.isArray(headers)))
    return failure(badAnswer(id, 'its headers are no object'));
  const fields = answerFields(headers ?? {}, hiddenCookies);
  if (!fields.ok) return failure(badAnswer(id, fields.failure));
  if (body === STREAMED) return success({ status, fields: fields.value, body: undefined });
  const read = readBody(body, encoded);
  if (read === undefined) return failure(badAnswer(id, 'its body is no text'));
  const isOver = read.length > MAX_INLINE_BODY_BYTES || Buffer.byteLength(read) > MAX_INLINE_BODY_BYTES;
  if (isOver) return failure(badAnswer(id, `its inline body has more than ${MAX_INLINE_BODY_BYTES} bytes`));
  return success({ status, fields: fields.value, body: read });
}

/** The text of a plugin's error, for the log. */
export function errorText(payload: Payload): string {
  return JSON.stringify(payload.error).slice(0, 300);
}

function readBody(body: unknown, encoded: unknown): string | Buffer | undefined {
  if (encoded !== undefined && encoded !== null)
    return typeof encoded === 'string' ? Buffer.from(encoded, 'base64') : undefined;
  if (body === undefined || body === null) return '';
  return typeof body === 'string' ? body : undefined;
}

function refusalOf(id: string, error: unknown): Problem {
  const code =
    typeof error === 'object' && error !== null && 'code' in error
      ? PLUGIN_ERROR_CODES.find((one) => one === error.code)
      : undefined;
  const refusal = REFUSALS[code ?? 'internal'];
  if (refusal.status === 404) return { ...refusal, detail: 'nothing is here' };
  return { ...refusal, detail: `${id} refused: ${code ?? 'an error without a code'}` };
}
