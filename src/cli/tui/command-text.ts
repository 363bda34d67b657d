/** The `toru` command that does the same, with the options that this session was started with. */

import { resolve } from 'node:path';
import { sanitiseField } from '../output/sanitise.ts';
import { shellLine } from '../shell-words.ts';
import type { Model } from './model.ts';

/** The options that say which torud is meant. A folder is written whole: the command must work from anywhere. */
export function meantBy(globals: {
  readonly root: string | undefined;
  readonly isSystem: boolean;
}): string[] {
  if (globals.root !== undefined) return ['--root', resolve(globals.root)];
  return globals.isSystem ? ['--system'] : [];
}

/** As it is shown, copied and recorded: it can be pasted into a shell. */
export function commandText(model: Pick<Model, 'meant'>, words: readonly string[]): string {
  return sanitiseField(shellLine(['toru', ...(model.meant ?? []), ...words]));
}

/** A short form for notices: without the options of the session. */
export function actText(argv: readonly string[]): string {
  return sanitiseField(shellLine(argv));
}
