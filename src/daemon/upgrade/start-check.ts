/** `torud --check-upgrade`: would this version start where another one serves now? It looks and changes nothing. */

import { accessSync, constants, statSync } from 'node:fs';
import type { Paths } from '../../protocol/paths.ts';
import { messageOf } from '../../protocol/result.ts';
import { readDamaged } from '../store/database.ts';
import { lookAt } from '../store/database-file.ts';
import { SCHEMA_VERSION } from '../store/migrations.ts';

/** What would keep it from starting, one line; undefined when nothing would. torud.toml has been read by then. */
export function startProblem(paths: Paths, shimFile: string): string | undefined {
  return shimProblem(shimFile) ?? databaseProblem(paths.databaseFile);
}

function shimProblem(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? undefined : `${file} is not a program`;
  } catch (thrown) {
    return `toru-shim cannot be run: ${messageOf(thrown)}; install toru again`;
  }
}

/** By SQLite, since the newest schema version may still stand in the write-ahead log alone. */
function databaseProblem(file: string): string | undefined {
  try {
    if (lookAt(file).kind === 'fresh') return undefined;
  } catch (thrown) {
    return `the state database ${file} cannot be read: ${messageOf(thrown)}`;
  }
  let reason = 'it holds no schema version';
  const rows = readDamaged(file, 'pragma_user_version', (why) => {
    reason = why;
  });
  const [row] = [...rows];
  const version = row?.user_version;
  if (typeof version !== 'number') return `the state database ${file} cannot be read: ${reason}`;
  if (version <= SCHEMA_VERSION) return undefined;
  return `the state database ${file} has schema version ${version}, but this version knows them up to ${SCHEMA_VERSION} only`;
}
