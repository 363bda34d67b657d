/** Values of options, checked: each failure is one `usage` error that names option and value. */

import type { ErrorBody } from '../protocol/errors.ts';
import { errorBody } from '../protocol/errors.ts';
import type { Result } from '../protocol/result.ts';
import { failure, messageOf, success } from '../protocol/result.ts';
import { MOMENT_FORMS, parseMoment } from './moment.ts';
import { nearestHint } from './nearest.ts';
import type { Session } from './session.ts';

/** A whole number, not below `least`; undefined when the option was not given. */
export function integerOption(
  session: Session,
  option: string,
  least: number,
): Result<number | undefined, ErrorBody> {
  const text = session.value(option);
  if (text === undefined) return success(undefined);
  const number = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return success(number);
  const bound = least === Number.MIN_SAFE_INTEGER ? '' : `, not below ${least}`;
  return failure(errorBody('usage', `--${option} wants a whole number${bound}: "${text}"`));
}

/** A moment as RFC 3339 UTC. */
export function momentOption(
  session: Session,
  option: string,
  nowMs: number,
): Result<string | undefined, ErrorBody> {
  const text = session.value(option);
  if (text === undefined) return success(undefined);
  const ms = parseMoment(text, nowMs);
  if (ms !== undefined && Math.abs(ms) < 8.64e15) return success(new Date(ms).toISOString());
  const hint = `write ${MOMENT_FORMS} or RFC 3339`;
  return failure(errorBody('usage', `--${option}: "${text}" is no time`, { hint }));
}

/** One of a closed list of words. */
export function wordOption<Word extends string>(
  session: Session,
  option: string,
  known: readonly Word[],
): Result<Word | undefined, ErrorBody> {
  const text = session.value(option);
  return text === undefined ? success(undefined) : knownWord(option, text, known);
}

/** Several of a closed list of words. */
export function wordsOption<Word extends string>(
  session: Session,
  option: string,
  known: readonly Word[],
): Result<readonly Word[], ErrorBody> {
  const words: Word[] = [];
  for (const text of session.values(option)) {
    const word = knownWord(option, text, known);
    if (!word.ok) return word;
    words.push(word.value);
  }
  return success(words);
}

export function knownWord<Word extends string>(
  option: string,
  text: string,
  known: readonly Word[],
): Result<Word, ErrorBody> {
  const word = known.find((one) => one === text);
  if (word !== undefined) return success(word);
  const hint = nearestHint(text, known) ?? `it is one of ${known.join(', ')}`;
  return failure(errorBody('usage', `--${option}: unknown "${text}"`, { hint }));
}

/** A regular expression of JavaScript. */
export function regexOption(text: string, flags: string, option: string): Result<RegExp, ErrorBody> {
  try {
    return success(new RegExp(text, flags));
  } catch (thrown) {
    return failure(errorBody('usage', `--${option}: ${messageOf(thrown)}`));
  }
}

type ValueOf<Part> = Part extends { readonly ok: true; readonly value: infer Value } ? Value : never;

/** All values under their names, or the first failure. */
export function collect<Parts extends Readonly<Record<string, Result<unknown, ErrorBody>>>>(
  parts: Parts,
): Result<{ readonly [Key in keyof Parts]: ValueOf<Parts[Key]> }, ErrorBody> {
  const values: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(parts)) {
    if (!part.ok) return part;
    values[key] = part.value;
  }
  return success(values as { readonly [Key in keyof Parts]: ValueOf<Parts[Key]> });
}

/** `{ [key]: value }`, or nothing for undefined: parameters that were not asked for are absent. */
export function given<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}
