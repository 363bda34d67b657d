/** Regular expressions that a person types: never trusted to end by themselves. */

import { createContext, Script } from 'node:vm';
import { errnoOf, failure, messageOf, type Result, success } from '../../../../protocol/result.ts';

export interface LogPattern {
  /** As it was typed. */
  readonly text: string;
  /** As vim's smartcase: a pattern without capitals takes both. */
  readonly ignoresCase: boolean;
  /** A plain word: looking for it takes as long as reading the lines, whatever they are. */
  readonly isPlain: boolean;
  readonly expression: RegExp;
}

export interface Match {
  readonly from: number;
  readonly to: number;
}

/** Computing that some hundred lines may take; a harmless pattern needs less than a thousandth of it. */
const LIMIT_MS = 200;
/** A busy machine gives a part of its time only: so much longer is waited when the work was not done. */
const PATIENCE = [1, 2, 4] as const;
/** What means more than itself. */
const SIGNS = /[\\^$.*+?()[\]{}|]/;
const MAX_MATCHES = 200;

/** The failure is one line for the person. */
export function logPattern(text: string, ignoresCase = isSmall(text)): Result<LogPattern, string> {
  try {
    const expression = new RegExp(text, ignoresCase ? 'iu' : 'u');
    return success({ text, ignoresCase, isPlain: !SIGNS.test(text), expression });
  } catch (thrown) {
    const said = messageOf(thrown).replace(/^Invalid regular expression: \/.*\/[a-z]*: /s, '');
    return failure(`not a regular expression: ${said}`);
  }
}

function isSmall(text: string): boolean {
  return !/[A-Z]/.test(text.replace(/\\[A-Za-z]/g, ''));
}

/** What is called within the limit; one at a time. */
const box: { work: () => void } = { work: () => undefined };
const context = createContext(box);
const script = new Script('work()');

/**
 * What the work gives; undefined: the patterns take too long. Plain words are not limited.
 * @param work may be begun more than once
 */
export function withinLimit<Value>(
  patterns: readonly (LogPattern | undefined)[],
  work: () => Value,
  limitMs = LIMIT_MS,
): Value | undefined {
  if (patterns.every((pattern) => pattern === undefined || pattern.isPlain)) return work();
  for (const times of PATIENCE) {
    const before = process.cpuUsage();
    const done = doneWithin(work, limitMs * times);
    if (done !== undefined) return done.value;
    const { user, system } = process.cpuUsage(before);
    // It had its time, and used it: another try would end the same way.
    if ((user + system) / 1000 > limitMs * 0.75) return undefined;
  }
  return undefined;
}

function doneWithin<Value>(work: () => Value, timeout: number): { readonly value: Value } | undefined {
  let done: { readonly value: Value } | undefined;
  box.work = () => {
    done = { value: work() };
  };
  try {
    script.runInContext(context, { timeout });
    return done;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw thrown;
  } finally {
    box.work = () => undefined;
  }
}

export const TOO_SLOW = 'this expression takes too long on these lines: try a simpler one';

/** Where it matches, in order, without overlap. Empty matches are left out. */
export function matchesIn({ expression }: LogPattern, text: string): readonly Match[] {
  const found: Match[] = [];
  const every = new RegExp(expression.source, `${expression.flags}g`);
  for (const match of text.matchAll(every)) {
    if (match[0] !== '') found.push({ from: match.index, to: match.index + match[0].length });
    if (found.length === MAX_MATCHES) break;
  }
  return found;
}
