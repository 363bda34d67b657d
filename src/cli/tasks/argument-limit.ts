/** What torud takes of arguments and variables: told before a request is made that would be too large to be read. */

import { type ErrorBody, errorBody } from '../../protocol/errors.ts';

const MAX_ARGUMENTS = 1_000;
/** Of all arguments and `K=V` together. */
const MAX_BYTES = 256 * 1024;

/** Undefined: torud may take them. */
export function argumentFault(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ErrorBody | undefined {
  const hint = 'write them into a file, and give the script its path';
  if (args.length > MAX_ARGUMENTS) {
    const message = `${args.length} arguments are too many: a script takes at most ${MAX_ARGUMENTS}`;
    return errorBody('usage', message, { hint });
  }
  const words = [...args, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const bytes = words.reduce((sum, word) => sum + Buffer.byteLength(word), 0);
  if (bytes <= MAX_BYTES) return undefined;
  const message = `arguments and environment are ${bytes} bytes, and may be ${MAX_BYTES / 1024} KiB together`;
  return errorBody('usage', message, { hint });
}
