/** Errors on standard error: one line for people, one object for scripts; and the exit code of each. */

import type { ErrorBody, ErrorCode, ErrorKind } from '../../protocol/errors.ts';
import { ERROR_KINDS } from '../../protocol/errors.ts';
import type { VerbKind } from '../command.ts';
import { sanitise } from './sanitise.ts';

/** CLI.md, "Exit codes". A code that this version does not know counts as "failed". */
export function exitCodeOf(code: ErrorCode, kind: VerbKind): number {
  const row: ErrorKind | undefined = Object.hasOwn(ERROR_KINDS, code) ? ERROR_KINDS[code] : undefined;
  if (row === undefined) return 1;
  return kind === 'action' ? row.actionExit : row.queryExit;
}

/** An error as JSON shows it: all four keys, null for what there is not. */
export function errorDocument({ code, message, hint, name }: ErrorBody): object {
  return { code, message, hint: hint ?? null, name: name ?? null };
}

/** The whole text for standard error, newline included. */
export function formatError(error: ErrorBody, verb: string, isJson: boolean): string {
  if (isJson) return `${JSON.stringify({ error: errorDocument(error) })}\n`;
  const subject = [verb, error.name].filter((part) => part !== undefined && part !== '').join(' ');
  const isLabelled = error.code !== 'invalid' || /^(not valid|invalid)\b/.test(error.message);
  const message = isLabelled ? error.message : `not valid: ${error.message}`;
  const hint = error.hint === undefined ? '' : `; ${error.hint}`;
  return `${sanitise(`toru: ${subject === '' ? '' : `${subject}: `}${message}${hint}`)}\n`;
}
