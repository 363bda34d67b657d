/** A folder for one log of the supervisor, on the disk or on a small file system of its own. */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const IS_ROOT = process.getuid?.() === 0;

export interface LogScratch {
  readonly folder: string;
  readonly file: string;
  remove(): Promise<void>;
}

/** @param tmpfsBytes mounts a tmpfs of this size there; needs root */
export async function makeScratch(tmpfsBytes?: number): Promise<LogScratch> {
  const folder = await mkdtemp(join(tmpdir(), 'toru-log-'));
  if (tmpfsBytes !== undefined) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${tmpfsBytes}`, 'toru-test', folder]);
  }
  return {
    folder,
    file: join(folder, 'plugin-supervisor.log'),
    async remove() {
      if (tmpfsBytes !== undefined) execFileSync('umount', ['-l', folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The lines of the log and its rotated files, oldest first, parsed: a torn line fails. */
export function entriesOf(scratch: LogScratch): Record<string, unknown>[] {
  const numberOf = (name: string): number => Number(/\.(\d+)$/.exec(name)?.[1] ?? 0);
  const names = readdirSync(scratch.folder).filter((name) => name.startsWith('plugin-supervisor.log'));
  names.sort((a, b) => numberOf(b) - numberOf(a));
  const text = names.map((name) => readFileSync(join(scratch.folder, name), 'utf8')).join('');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}
