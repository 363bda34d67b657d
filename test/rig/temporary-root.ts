/** A folder that is one torud's whole world (`--root DIR`), gone after the test. */

import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Paths, resolvePaths } from '../../src/protocol/paths.ts';
import { endProcessesOf } from './leftover-processes.ts';

/** Longest temporary folder that leaves room for `root/run/plugins/<long id>.sock` in the kernel's 107 bytes. */
const MAX_BASE_LENGTH = 24;

export interface TemporaryRoot extends AsyncDisposable {
  readonly folder: string;
  /** The paths that torud derives from this root. */
  readonly paths: Paths;
}

/** @param prefix beginning of the folder's name; keep it short, socket paths lie below it */
export async function makeTemporaryRoot(prefix = 'toru-'): Promise<TemporaryRoot> {
  const base = tmpdir().length > MAX_BASE_LENGTH ? '/tmp' : tmpdir();
  const folder = await realpath(await mkdtemp(join(base, prefix)));
  const paths = resolvePaths({ root: folder, uid: process.getuid?.() ?? 0, env: {} });
  for (const needed of [paths.pluginFolder, paths.dropInFolder])
    await mkdir(needed, { recursive: true, mode: 0o755 });
  return {
    folder,
    paths,
    async [Symbol.asyncDispose]() {
      await endProcessesOf(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
