/** A toru of its own, installed in a temporary folder: tests put other versions, and broken ones, in its place. */

import { cp, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VERSION } from '../../src/protocol/version.ts';
import { CHECKOUT } from './programs.ts';

export interface Installation extends AsyncDisposable {
  readonly toru: string;
  readonly torud: string;
  /** Installs what `npm run build` made, under another version number. @param head JavaScript that torud runs before all else */
  install(version: string, head?: string): Promise<void>;
  /** Puts a script in the place of torud's bundle. */
  installBroken(script: string): Promise<void>;
  /** Takes toru-shim away. */
  removeShim(): Promise<void>;
}

/** Installs the version that was built. */
export async function makeInstallation(): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'toru-installed-'));
  const bundle = join(folder, 'dist/torud.cjs');
  for (const part of [
    'bin',
    'dist/native',
    'dist/toru.cjs',
    'dist/toru-full.cjs',
    'dist/toru-doctor.cjs',
    'dist/toru-tui.mjs',
    'dist/torud.cjs',
  ])
    await cp(join(CHECKOUT, part), join(folder, part), { recursive: true });
  await symlink(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
  /** By renaming, as installers do: the torud that runs keeps the file that it has. */
  const put = async (text: string): Promise<void> => {
    await writeFile(`${bundle}.new`, text);
    await rename(`${bundle}.new`, bundle);
  };
  const original = await readFile(bundle, 'utf8');
  return {
    toru: join(folder, 'bin/toru'),
    torud: join(folder, 'bin/torud'),
    async install(version, head = '') {
      const text = original.replace(`var VERSION = "${VERSION}"`, `var VERSION = "${version}"`);
      if (text === original && version !== VERSION) throw new Error('the bundle names its version otherwise');
      await put(`${head}${text}`);
    },
    installBroken: put,
    removeShim: () => rm(join(folder, 'dist/native', process.arch, 'toru-shim')),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
