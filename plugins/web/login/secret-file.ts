/** A secret that outlives the process, in a file that only its owner may read. */

import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { errnoOf } from '../../../src/protocol/result.ts';

const SECRET_BYTES = 32;

/** The secret in the file, which is made when it is not there. Throws what the system says. */
export function readOrMakeSecret(file: string): Buffer {
  const known = readSecret(file);
  if (known !== undefined) return known;
  const made = `${file}.${process.pid}`;
  writeFileSync(made, randomBytes(SECRET_BYTES), { mode: 0o600 });
  renameSync(made, file);
  return readFileSync(file);
}

/** undefined: there is none, or what a full disk left of one. */
function readSecret(file: string): Buffer | undefined {
  try {
    const secret = readFileSync(file);
    return secret.length >= SECRET_BYTES ? secret : undefined;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
