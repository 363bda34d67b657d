/** What arguments and environment of a task take, and what is too much. */

import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import type { TaskRequest } from './contract.ts';

/** All of them together: a task is one line of the control protocol, and stays in the history. */
const MAX_BYTES = 256 * 1024;
/** MAX_ARG_STRLEN of the kernel (execve(2)), less the NUL. */
const MAX_WORD_BYTES = 128 * 1024 - 1;
/** The rest of a row and of its way to the reader. */
const ROW_BYTES = 256;

export function byteSizeOf(task: {
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | null | undefined;
}): number {
  return wordsOf(task).reduce((sum, word) => sum + Buffer.byteLength(word), ROW_BYTES);
}

export function sizeProblem(request: TaskRequest): ErrorBody | undefined {
  if (wordsOf(request).some((word) => Buffer.byteLength(word) > MAX_WORD_BYTES))
    return errorBody(
      'usage',
      `an argument or variable is longer than ${MAX_WORD_BYTES} bytes, the most that the kernel takes`,
    );
  return byteSizeOf(request) > MAX_BYTES
    ? errorBody('usage', `arguments and environment are longer than ${MAX_BYTES / 1024} KiB together`)
    : undefined;
}

function wordsOf({ args = [], env }: Parameters<typeof byteSizeOf>[0]): readonly string[] {
  return [...args, ...Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}`)];
}
