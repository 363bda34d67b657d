/** One folder, made if it is not there. */

import { mkdirSync } from 'node:fs';
import { errnoOf } from '../../protocol/result.ts';

/** Not `recursive`: with that, Node says ENOENT for a folder that cannot be made in a read-only one. */
export function makeFolder(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (thrown) {
    if (errnoOf(thrown) !== 'EEXIST') throw thrown;
  }
}
