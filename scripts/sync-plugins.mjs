/**
 * Brings the example plugins of dist/plugins into a plugin folder, each by a rename, and only what is absent or changed.
 * Prints one line a plugin that it touched: `added ID` or `changed ID`.
 *
 *   node scripts/sync-plugins.mjs FROM TO
 */

import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const [from, to] = process.argv.slice(2);
// Beside the plugin folder: on the same file system, and nothing that torud would look at.
const staging = join(dirname(to), '.new-plugins');
mkdirSync(to, { recursive: true, mode: 0o755 });
for (const id of readdirSync(from)) {
  const target = join(to, id);
  const isNew = !existsSync(target);
  if (!isNew && fingerprint(target) === fingerprint(join(from, id))) continue;
  install(join(from, id), target, join(staging, id));
  process.stdout.write(`${isNew ? 'added' : 'changed'} ${id}\n`);
}
rmSync(staging, { recursive: true, force: true });

function install(source, target, staged) {
  rmSync(staged, { recursive: true, force: true });
  cpSync(source, staged, { recursive: true });
  if (existsSync(target)) {
    const old = `${staged}.old`;
    rmSync(old, { recursive: true, force: true });
    renameSync(target, old);
  }
  renameSync(staged, target);
}

/** Names, modes and contents of all that is in a folder. */
function fingerprint(folder) {
  const hash = createHash('sha256');
  const names = readdirSync(folder, { recursive: true }).sort();
  for (const name of names) {
    const path = join(folder, name);
    const { mode } = statSync(path);
    hash.update(`${name}\0${mode}\0`);
    if (!statSync(path).isDirectory()) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}
