/** Where the real programs are, and the environment that tests give them. */

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute folder of the checkout. */
export const CHECKOUT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export const TORU = join(CHECKOUT, 'bin/toru');
export const TORUD = join(CHECKOUT, 'bin/torud');

/** What a program needs to run, and nothing of the surroundings that would change what it prints. */
export function cleanEnvironment(
  home: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: home, LANG: 'C.UTF-8', TZ: 'UTC', ...more };
}
