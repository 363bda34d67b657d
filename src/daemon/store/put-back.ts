/**
 * Somebody deleted or replaced the database while torud has it open. Its content is still there behind torud's
 * descriptors: it is written out whole and put in its old place.
 */

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { Clock } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import type { Database } from './database.ts';
import {
  COMPANIONS,
  type FileIdentity,
  identityOf,
  makePrivate,
  setAside,
  syncPath,
} from './database-file.ts';
import { machineFailureOf, type StoreFailure } from './store-failure.ts';

/** @param opened what the database's files were when torud opened them */
export function putBack(
  database: Database,
  opened: FileIdentity,
  clock: Clock,
  log: SupervisorLog,
): Result<void, StoreFailure> {
  const { file } = database;
  const copy = `${file}.copy`;
  try {
    // The folder may have gone with it.
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    for (const suffix of ['', '-journal', ...COMPANIONS]) rmSync(`${copy}${suffix}`, { force: true });
    makePrivate(copy);
    database.execute(`VACUUM INTO '${copy.replaceAll("'", "''")}'`);
    syncPath(copy);
    const isForeign = existsSync(file) && identityOf(file).database !== opened.database;
    const foreignPath = isForeign ? setAside(file, 'replaced', clock.now()) : undefined;
    // Closing removes the log by its name, so that comes before anything new has that name.
    database.disconnect();
    for (const suffix of COMPANIONS) rmSync(`${file}${suffix}`, { force: true });
    renameSync(copy, file);
    syncPath(dirname(file));
    database.reconnect();
    log.write('warning', 'database-put-back', {
      path: file,
      reason: 'it was deleted or replaced while torud was using it',
      ...(foreignPath === undefined ? {} : { setAside: foreignPath }),
    });
    return success(undefined);
  } catch (thrown) {
    return failure(machineFailureOf(thrown, file));
  }
}
