/** Where the users are, opened as the one that they belong to. */

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ErrorBody, errorBody } from '../../../src/protocol/errors.ts';
import { resolvePaths } from '../../../src/protocol/paths.ts';
import { errnoOf, failure, messageOf, type Result, success } from '../../../src/protocol/result.ts';
import { Accounts } from '../login/accounts.ts';
import { DATABASE_NAME } from '../login/database.ts';
import type { Options } from './words.ts';

const PLUGIN = 'web';

export function openAccounts(options: Options): Result<Accounts, ErrorBody> {
  const paths = resolvePaths({
    root: options.root === undefined ? undefined : resolve(options.root),
    isSystem: options.system,
    uid: process.getuid?.() ?? 0,
    env: process.env,
  });
  // Made by torud when it starts, or by the package: a mistyped root must not become one.
  if (!existsSync(paths.stateFolder)) {
    const hint = paths.mode === 'root' ? 'is the root right? Else start torud first' : 'start torud first';
    return failure(
      errorBody('failed', 'is no folder of torud, or not yet', { name: paths.stateFolder, hint }),
    );
  }
  const folder = join(paths.dataFolder, PLUGIN);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    becomeOwnerOf(folder);
    return success(new Accounts(join(folder, DATABASE_NAME)));
  } catch (thrown) {
    const code = ['EACCES', 'EPERM'].includes(errnoOf(thrown) ?? '') ? 'denied' : 'failed';
    const hint = code === 'denied' ? 'be root, or the user that web runs as' : undefined;
    return failure(errorBody(code, messageOf(thrown), { name: folder, hint }));
  }
}

/** What root makes there, the plugin could not write to. */
function becomeOwnerOf(folder: string): void {
  const { uid, gid } = statSync(folder);
  if (process.getuid?.() !== 0 || uid === 0) return;
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}
