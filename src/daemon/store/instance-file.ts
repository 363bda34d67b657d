/** A copy of the instance id beside the database: a database of which nothing can be read must not change who torud is. */

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../protocol/result.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function fileBeside(databaseFile: string): string {
  return join(dirname(databaseFile), 'instance-id');
}

/** The id that was kept, undefined when there is none or it is no UUID v4. */
export function readKeptId(databaseFile: string): string | undefined {
  try {
    const text = readFileSync(fileBeside(databaseFile), 'utf8').trim();
    return UUID.test(text) ? text : undefined;
  } catch (thrown) {
    if (errnoOf(thrown) !== undefined) return undefined;
    throw thrown;
  }
}

/** Keeps the id. False when it cannot be written now (a full disk); the next start tries again. */
export function keepId(databaseFile: string, id: string): boolean {
  if (readKeptId(databaseFile) === id) return true;
  try {
    writeFileSync(fileBeside(databaseFile), `${id}\n`, { mode: 0o644 });
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) !== undefined) return false;
    throw thrown;
  }
}
