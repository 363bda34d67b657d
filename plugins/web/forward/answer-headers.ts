/** The fields of a plugin's answer as the client gets them. */

import { validateHeaderName, validateHeaderValue } from 'node:http';
import { failure, messageOf, type Result, success } from '../../../src/protocol/result.ts';
import { setsCookie } from './cookies.ts';
import { HOP_BY_HOP, NEVER_IN_ANSWERS, NEVER_IN_TRAILERS, namedByConnection } from './header-names.ts';

export type AnswerFields = Record<string, string | string[]>;

/** Fields of one answer, over all of them. */
const MAX_FIELDS = 256;

/** @param headers of whatever shape: a plugin wrote them. A failure says what is wrong with them. */
export function answerFields(
  headers: object,
  hiddenCookies: readonly string[],
): Result<AnswerFields, string> {
  // Without a prototype, because `__proto__` is a name that a field may have.
  const fields: AnswerFields = Object.create(null);
  const named = namedByConnection(connectionOf(headers));
  let count = 0;
  for (const [given, value] of Object.entries(headers)) {
    const name = given.toLowerCase();
    if (HOP_BY_HOP.has(name) || NEVER_IN_ANSWERS.has(name) || named?.has(name)) continue;
    const values = valuesOf(value);
    const fault = values === undefined ? `the field ${name.slice(0, 64)} is no text` : faultOf(name, values);
    if (values === undefined || fault !== undefined) return failure(fault ?? 'a field is no text');
    count += values.length;
    if (count > MAX_FIELDS) return failure(`more than ${MAX_FIELDS} fields`);
    const kept = name === 'set-cookie' ? values.filter((one) => !setsCookie(one, hiddenCookies)) : values;
    const [first] = kept;
    if (first !== undefined) fields[name] = kept.length === 1 ? first : kept;
  }
  return success(fields);
}

/** Trailer fields that may be handed on; what may not stand in a trailer is left out (RFC 9110 §6.5.1). */
export function trailerFields(trailers: object): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  for (const [given, value] of Object.entries(trailers)) {
    const name = given.toLowerCase();
    if (HOP_BY_HOP.has(name) || NEVER_IN_ANSWERS.has(name) || NEVER_IN_TRAILERS.has(name)) continue;
    const values = valuesOf(value);
    if (values !== undefined && faultOf(name, values) === undefined) fields[name] = values.join(', ');
  }
  return fields;
}

/** Plain numbers are taken as well: many a plugin writes its content-length so. */
function valuesOf(value: unknown): string[] | undefined {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (!Array.isArray(value)) return undefined;
  return value.every((one) => typeof one === 'string') ? value : undefined;
}

/** A name that is no token, or a value with a line break, would write another answer than the plugin's (RFC 9110 §5.5). */
function faultOf(name: string, values: readonly string[]): string | undefined {
  try {
    validateHeaderName(name);
    for (const value of values) validateHeaderValue(name, value);
    return undefined;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

function connectionOf(headers: object): string | undefined {
  for (const [name, value] of Object.entries(headers))
    if (name.toLowerCase() === 'connection') return Array.isArray(value) ? value.join(',') : String(value);
  return undefined;
}
