/** What a quick action may be made of, and how a request changes one. */

import type { QuickAction, QuickActionSetParams } from '../../protocol/control/quick-actions.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { quoteValue } from '../base/one-line.ts';
import type { QuickActionRecord } from '../store/quick-action-store.ts';

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;
const NAME_FORM = '1 to 64 letters, digits, ".", "_" and "-", not beginning with "." or "-"';
/** One emoji (UTS #51), also in the form that text has it in. */
const EMOJI = /^(?:\p{RGI_Emoji}|\p{Extended_Pictographic}\uFE0F?)$/v;
const CONTROL = /\p{Cc}/u;

/** The action that a request makes of what was there. Failure: `usage`. */
export function applyFields(
  before: QuickActionRecord | undefined,
  params: QuickActionSetParams,
): Result<QuickActionRecord, ErrorBody> {
  const script = params.script ?? before?.script;
  if (script === undefined)
    return failure(wrong(params.name, 'a new quick action needs a script', 'toru scripts lists them'));
  const after = {
    name: params.rename ?? params.name,
    script,
    args: params.args ?? before?.args ?? [],
    title: textOf(params.title, before?.title),
    icon: textOf(params.icon, before?.icon),
    confirm: textOf(params.confirm, before?.confirm),
    lock: textOf(params.lock, before?.lock),
    // As everywhere, 0 means no limit.
    timeoutMs: (params.timeoutMs === undefined ? before?.timeoutMs : params.timeoutMs) || null,
  };
  const problem = problemOf(after);
  return problem === undefined ? success(after) : failure(wrong(params.name, problem));
}

export function describeAction(record: QuickActionRecord, position: number): QuickAction {
  const { name, title, script, args, icon, confirm, lock, timeoutMs } = record;
  return { name, title: title ?? name, script, args, icon: icon ?? '', position, confirm, lock, timeoutMs };
}

function textOf(given: string | null | undefined, before: string | null | undefined): string | null {
  if (given === undefined) return before ?? null;
  return given === null || given.trim() === '' ? null : given.trim();
}

function problemOf({ name, script, title, icon, confirm, lock }: QuickActionRecord): string | undefined {
  if (!NAME.test(name)) return `${quoteValue(name)} is no name of a quick action: ${NAME_FORM}`;
  if (/[/\0\n]/.test(script) || /^\.{0,2}$/.test(script) || script.length > 255)
    return `${quoteValue(script)} is no name of a file in the scripts folder`;
  if (icon !== null && !EMOJI.test(icon)) return `the icon must be one emoji, not ${quoteValue(icon)}`;
  for (const [what, value] of [
    ['title', title],
    ['question', confirm],
    ['lock', lock],
  ] as const)
    if (value !== null && CONTROL.test(value))
      return `the ${what} must be one line without control characters`;
  return undefined;
}

function wrong(name: string, message: string, hint?: string): ErrorBody {
  return errorBody('usage', message, { name, hint });
}
