/** Regular expressions that a person types: never trusted to end by themselves. */

import { createContext, Script } from 'node:vm';
import { errnoOf, failure, messageOf, type Result, success } from '../../../../protocol/result.ts';

export interface LogPattern {
  /** As it was typed. */
  readonly text: string;
  /** As vim's smartcase: a pattern without capitals takes both. */
  readonly ignoresCase: boolean;
  readonly expression: RegExp;
}

export interface Match {
  readonly from: number;
  readonly to: number;
}

/** Longest time for some hundred lines; a harmless pattern needs less than a thousandth of it. */
const LIMIT_MS = 80;
const MAX_MATCHES = 200;

/** The failure is one line for the person. */
export function logPattern(text: string): Result<LogPattern, string> {
  const ignoresCase = !/[A-Z]/.test(text.replace(/\\[A-Za-z]/g, ''));
  try {
    return success({ text, ignoresCase, expression: new RegExp(text, ignoresCase ? 'iu' : 'u') });
  } catch (thrown) {
    const said = messageOf(thrown).replace(/^Invalid regular expression: \/.*\/[a-z]*: /s, '');
    return failure(`not a regular expression: ${said}`);
  }
}

/** What is called within the limit; one at a time. */
const box: { work: () => void } = { work: () => undefined };
const context = createContext(box);
const script = new Script('work()');

/** Undefined: the time has passed before it was done. */
export function withinLimit<Value>(work: () => Value, limitMs = LIMIT_MS): Value | undefined {
  let value: Value | undefined;
  box.work = () => {
    value = work();
  };
  try {
    script.runInContext(context, { timeout: limitMs });
    return value;
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
