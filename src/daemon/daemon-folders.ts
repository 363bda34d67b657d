/** The folders that must be there before anything else is. */

import { mkdirSync } from 'node:fs';
import type { Paths } from '../protocol/paths.ts';
import { failure, messageOf, type Result, success } from '../protocol/result.ts';

/** Failure: one line. */
export function makeFolders(paths: Paths): Result<void, string> {
  const { stateFolder, dataFolder, logFolder, pluginLogFolder, runFolder } = paths;
  for (const folder of [stateFolder, dataFolder, logFolder, pluginLogFolder, runFolder]) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
    } catch (thrown) {
      return failure(`${folder} cannot be made: ${messageOf(thrown)}; make it, or choose another --root`);
    }
  }
  return success(undefined);
}
