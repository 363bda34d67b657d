/** Words that name a crash: `311`, `#311`, `-1` for the newest one. */

import type { CrashShowResult } from '../protocol/control/crashes.ts';
import type { ErrorBody } from '../protocol/errors.ts';
import { errorBody } from '../protocol/errors.ts';
import { failure, type Result, success } from '../protocol/result.ts';
import { given } from './option-values.ts';
import type { Session } from './session.ts';

export function isCrashId(text: string): boolean {
  return /^#?-?\d+$/.test(text);
}

/** The crash's number; negative ones count from the newest. Failure: `usage`. */
export function readCrashId(text: string): Result<number, ErrorBody> {
  const id = isCrashId(text) ? Number(text.replace(/^#/, '')) : 0;
  if (Number.isSafeInteger(id) && id !== 0) return success(id);
  const hint = '"toru crashes" lists them; -1 is the newest';
  return failure(errorBody('usage', `"${text}" is no number of a crash`, { hint }));
}

/** The crash with its runs. A plugin that does not exist is named as such. */
export async function fetchCrash(
  session: Session,
  text: string,
  plugin: string | undefined,
): Promise<Result<CrashShowResult, ErrorBody>> {
  const id = readCrashId(text);
  if (!id.ok) return id;
  const params = { id: id.value, ...given('plugin', plugin), withRuns: true };
  const result = await session.client.call('crash.show', params, session.globals.timeoutMs);
  if (result.ok || result.failure.code !== 'not_found' || plugin === undefined) return result;
  // A plugin that is gone may have crashes; only where there are none, that it is gone is the answer.
  const names = { names: [plugin] };
  const found = await session.client.call('plugin.listCompact', names, session.globals.timeoutMs);
  const unknown = found.ok ? found.value.errors[0] : undefined;
  return unknown === undefined ? result : failure(unknown);
}
