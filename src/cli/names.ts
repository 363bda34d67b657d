/** Plugin names as operands: `-` stands for the words on standard input, one a line. */

import { fstatSync } from 'node:fs';
import type { ErrorBody } from '../protocol/errors.ts';
import { errorBody } from '../protocol/errors.ts';
import type { Result } from '../protocol/result.ts';
import { errnoOf, failure, messageOf, success } from '../protocol/result.ts';

/** Most that is read from standard input for names: a request may not be longer anyway. */
const MAX_NAMES_BYTES = 512 * 1024;

/** A glob that no id matches, since none begins with a dash: an empty input selects nothing, and not everything. */
const MATCHES_NOTHING = '-*';

/** @param isNoneAllowed an input without names selects nothing; else that is the failure `not_found` */
export async function expandNames(
  operands: readonly string[],
  isNoneAllowed: boolean,
): Promise<Result<readonly string[], ErrorBody>> {
  if (!operands.includes('-')) return success(operands);
  const input = await readInput(MAX_NAMES_BYTES);
  if (!input.ok) return input;
  const read = input.value
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const names = operands.flatMap((operand) => (operand === '-' ? read : [operand]));
  if (names.length > 0) return success(names);
  if (isNoneAllowed) return success([MATCHES_NOTHING]);
  const hint = '--allow-none makes this no error';
  return failure(errorBody('not_found', 'standard input names no plugin', { hint }));
}

/** All of standard input. Failure `too_large` as soon as there is more than `maxBytes`, `failed` when it cannot be read. */
export async function readInput(maxBytes: number): Promise<Result<Buffer, ErrorBody>> {
  try {
    // Node would give an empty input for a folder.
    if (fstatSync(0).isDirectory()) return failure(unreadable('it is a folder'));
    return await readPieces(maxBytes);
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === undefined) throw thrown;
    return failure(unreadable(errno === 'EBADF' ? 'it is closed' : messageOf(thrown)));
  }
}

function unreadable(why: string): ErrorBody {
  return errorBody('failed', `cannot read standard input: ${why}`);
}

async function readPieces(maxBytes: number): Promise<Result<Buffer, ErrorBody>> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > maxBytes) {
      return failure(errorBody('too_large', `standard input has more than ${maxBytes} bytes`));
    }
    pieces.push(piece);
  }
  return success(Buffer.concat(pieces));
}
