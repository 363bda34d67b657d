/**
 * One descriptor that is held back for the moment when no other is left (EMFILE): what torud has to read to keep its
 * promises (events files, /proc) is read with it, one file at a time.
 */

import { closeSync, openSync } from 'node:fs';
import { errnoOf } from '../../protocol/result.ts';

let spare: number | undefined = hold();

/** Runs `read`, which opens, reads and closes one file; once more with the spare descriptor's place free when there is none. */
export function withSpareDescriptor<Value>(read: () => Value): Value {
  spare ??= hold();
  try {
    return read();
  } catch (thrown) {
    if (errnoOf(thrown) !== 'EMFILE' || spare === undefined) throw thrown;
    closeSync(spare);
    try {
      return read();
    } finally {
      spare = hold();
    }
  }
}

function hold(): number | undefined {
  try {
    return openSync('/dev/null', 'r');
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return undefined;
  }
}
