/** The way from the fast bundle to the full one, which is loaded only when something of it is needed. */

import { join } from 'node:path';

type Full = typeof import('./full.ts');

/** Beside this bundle; a computed path, so that the bundler leaves it out. Throws when it is not there. */
export function loadFull(): Full {
  return require(join(__dirname, 'toru-full.cjs')) as Full;
}
