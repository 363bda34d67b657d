/** Bytes of an output that are not kept: told at the place where they stood. */

import type { TaskGapCause, TaskOutputItem } from '../../protocol/control/tasks.ts';
import { formatSize } from '../output/sizes.ts';

export type OutputGap = Extract<TaskOutputItem, { readonly kind: 'gap' }>;

const CAUSES: Readonly<Record<TaskGapCause, string>> = {
  space: 'they could not be written: no space was left',
  cap: 'they had to go for later ones; "output_max" of [tasks] says how much is kept',
};

/** `1572864 bytes (1.5 MiB) of the output are missing here: …`; the cause only where it is known. */
export function gapText({ bytes, why }: Pick<OutputGap, 'bytes' | 'why'>): string {
  const size = bytes < 1024 ? '' : ` (${formatSize(bytes)})`;
  const text = `${bytes === 1 ? '1 byte' : `${bytes} bytes`}${size} of the output ${bytes === 1 ? 'is' : 'are'} missing here`;
  // A later torud may know causes that are not known here.
  const cause = why !== undefined && Object.hasOwn(CAUSES, why) ? CAUSES[why] : undefined;
  return cause === undefined ? text : `${text}: ${cause}`;
}

/** A gap as one object a line of JSON; beside chunks, which have no `kind`. */
export function gapRecord(task: string, { kind, bytes, next, why }: OutputGap): object {
  return { task, kind, bytes, next, why: why ?? null };
}
