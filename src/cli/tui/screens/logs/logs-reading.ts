/** Asking torud for lines, and which of those that come are wanted. Pure. */

import type { LogItem, LogReadParams } from '../../../../protocol/control/logs.ts';
import { call, type Effect, type FollowEffect } from '../../messages.ts';
import { messageOf, timeOf } from './logs-line.ts';
import { type LogPattern, withinLimit } from './logs-pattern.ts';
import type { LogsState } from './logs-state.ts';

/** Lines that are there from the beginning, and that come at once when more are wanted. */
export const PAGE_LINES = 2_000;
const MAX_CRASHES = 1_000;

export interface Fed {
  readonly state: LogsState;
  readonly effects: readonly Effect[];
  readonly notice?: string | undefined;
  /** The pattern takes too long on these lines. */
  readonly isSlow?: boolean;
}

export function unfollow(tag: string): Effect {
  return { type: 'unfollow', tag };
}

export function readEffect(tag: string, params: LogReadParams): FollowEffect {
  const { lines: _lines, since: _since, ...rest } = params;
  return {
    type: 'follow',
    tag,
    method: 'log.read',
    params,
    resume: (last) => (isItem(last) ? { ...rest, cursor: last.cursor } : params),
  };
}

/** Asks for the crashes of the plugins that are shown. */
export function crashesEffect({ tag, wants }: LogsState): Effect {
  const names = wants.ids.length === 0 ? {} : { names: wants.ids };
  return call(`${tag}/crashes`, 'crash.list', { ...names, limit: MAX_CRASHES });
}

export function isItem(value: unknown): value is LogItem {
  return typeof value === 'object' && value !== null && 'cursor' in value && 'lines' in value;
}

/** Those behind a line that is there already; what was written in the same microsecond before it is there, too. */
export function linesBehind(lines: readonly string[], behind: string): readonly string[] {
  const at = lines.lastIndexOf(behind);
  if (at !== -1) return lines.slice(at + 1);
  const time = timeOf(behind);
  return lines.filter((line) => timeOf(line) > time);
}

/** Undefined: the pattern takes too long. */
export function matching(
  lines: readonly string[],
  pattern: LogPattern | undefined,
): readonly string[] | undefined {
  if (pattern === undefined || lines.length === 0) return lines;
  return withinLimit([pattern], () => lines.filter((line) => pattern.expression.test(messageOf(line))));
}
