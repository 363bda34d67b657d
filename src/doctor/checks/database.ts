/** The state database, looked at without changing it. */

import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { readDamaged } from '../../daemon/store/database.ts';
import { lookAt } from '../../daemon/store/database-file.ts';
import { SCHEMA_VERSION } from '../../daemon/store/migrations.ts';
import type { Finding } from '../../protocol/programs.ts';
import { errnoOf, messageOf } from '../../protocol/result.ts';
import type { Check } from '../finding.ts';
import { fail, notPermitted, ok, skip, warn } from '../finding.ts';
import { lookAtPath } from '../machine.ts';
import type { View } from '../view.ts';

const KIB = 1024;
const LONG_LOG_BYTES = 64 * 1024 * 1024;
const LARGE_BYTES = 2 * 1024 * 1024 * 1024;
const SET_ASIDE_MEND =
  'torud sets it aside and saves what can be read at its next start; look at the disk (dmesg, smartctl)';

export const database: Check = (view) => [...contentFindings(view), ...setAsideFindings(view)];

function contentFindings(view: View): readonly Finding[] {
  const file = view.paths.databaseFile;
  const name = 'database.content';
  try {
    const found = lookAt(file);
    if (found.kind === 'fresh')
      return [skip(name, `${file} is not there yet: torud makes it at its first start`)];
    if (found.kind === 'orphan-log')
      return [fail(name, `${file} is empty or missing, but its write-ahead log is not`, SET_ASIDE_MEND)];
    if (found.kind === 'foreign') return [fail(name, `${file} is not an SQLite database`, SET_ASIDE_MEND)];
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === undefined) throw thrown;
    if (errno === 'EACCES' || errno === 'EPERM') return [notPermitted(name, file)];
    return [fail(name, `${file} cannot be read: ${messageOf(thrown)}`, 'look at the disk (dmesg, smartctl)')];
  }
  return [checkFinding(file, name), schemaFinding(file), sizeFinding(file)];
}

function checkFinding(file: string, name: string): Finding {
  let problem: string | undefined;
  const rows = [
    ...readDamaged(file, 'pragma_quick_check', (reason) => {
      problem = reason;
    }),
  ];
  const answers = rows.map((row) => String(row.quick_check));
  if (problem !== undefined && /locked|busy/.test(problem)) return skip(name, `${file}: ${problem}`);
  if (problem === undefined && answers.join() === 'ok')
    return ok(name, `${file}: quick_check finds nothing wrong`);
  return fail(name, `${file}: ${problem ?? answers.slice(0, 3).join('; ')}`, SET_ASIDE_MEND);
}

function schemaFinding(file: string): Finding {
  const name = 'database.schema';
  const [row] = [...readDamaged(file, 'pragma_user_version', () => undefined)];
  const version = row?.user_version;
  if (typeof version !== 'number') return skip(name, 'its schema version cannot be read');
  if (version > SCHEMA_VERSION)
    return fail(
      name,
      `it has schema version ${version}; this version knows them up to ${SCHEMA_VERSION}`,
      'use the newer torud again',
    );
  if (version < SCHEMA_VERSION)
    return warn(
      name,
      `it has schema version ${version}; this version brings it to ${SCHEMA_VERSION}`,
      'start torud, or toru daemon upgrade',
    );
  return ok(name, `schema version ${version}`);
}

function sizeFinding(file: string): Finding {
  const name = 'database.size';
  const sizes = [file, `${file}-wal`].map((path) => {
    const found = lookAtPath(path);
    return typeof found === 'object' ? found.size : 0;
  });
  const [bytes = 0, logBytes = 0] = sizes;
  const detail = `${Math.ceil(bytes / KIB)} KiB, write-ahead log ${Math.ceil(logBytes / KIB)} KiB`;
  if (logBytes > LONG_LOG_BYTES)
    return warn(name, detail, 'some program holds the database open; fuser shows which');
  return bytes > LARGE_BYTES
    ? warn(name, detail, 'see which plugin stores so much: toru kv list NAME')
    : ok(name, detail);
}

function setAsideFindings({ paths }: View): readonly Finding[] {
  const name = 'database.set-aside';
  const folder = dirname(paths.databaseFile);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === undefined) throw thrown;
    return errno === 'EACCES' ? [notPermitted(name, folder)] : [];
  }
  const left = names.filter(
    (one) => one.startsWith(`${basename(paths.databaseFile)}.`) && !/-(wal|shm)$/.test(one),
  );
  if (left.length === 0) return [ok(name, 'no set-aside database lies around')];
  return [
    warn(
      name,
      `${left.length} set aside in ${folder}: ${left.slice(0, 3).join(', ')}${left.length > 3 ? ', …' : ''}`,
      'what could be read of them was taken over; delete them when nothing is missed',
    ),
  ];
}
