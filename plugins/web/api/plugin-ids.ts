/** Which plugins somebody means who names several, or none. */

import { type ErrorBody, errorBody } from '../../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../../src/protocol/result.ts';
import { type Identity, isForAll, mayTouch } from '../login/identity.ts';
import type { Daemon } from '../server/daemon.ts';

/** torud takes as many names in one request. */
export const MAX_NAMED_PLUGINS = 64;

/**
 * Names for torud; none: there is no plugin that the identity is for.
 * @param named undefined: all that the identity is for. Failure: one of those named is not there, or not for it
 */
export async function pluginIds(
  daemon: Daemon,
  identity: Identity,
  named: readonly string[] | undefined,
): Promise<Result<readonly string[], ErrorBody>> {
  if (named !== undefined && named.length > MAX_NAMED_PLUGINS) {
    return failure(errorBody('usage', `plugins: at most ${MAX_NAMED_PLUGINS}; without any name it is all`));
  }
  if (named?.every((id) => mayTouch(identity, id)) === false) {
    return failure(errorBody('denied', 'this token is not for that'));
  }
  if (named === undefined && isForAll(identity)) return success(['*']);
  const listed = await daemon.call('plugin.listCompact', named === undefined ? {} : { names: named });
  if (!listed.ok) return listed;
  const [missing] = listed.value.errors;
  if (missing !== undefined) return failure(missing);
  return success(named ?? listed.value.rows.map(([id]) => id).filter((id) => mayTouch(identity, id)));
}
