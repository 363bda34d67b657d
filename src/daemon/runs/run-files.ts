/** The files of a run in the runs folder; names and spec format as ARCHITECTURE.md, "Contract of toru-shim". */

import { readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../protocol/result.ts';

export interface RunName {
  readonly runId: number;
  readonly plugin: string;
}

/** Absolute paths of one run's files. */
export interface RunFiles {
  readonly spec: string;
  readonly claimed: string;
  readonly abandoned: string;
  readonly events: string;
}

/** Pairs as they stand in the spec; keys may repeat. */
export type SpecEntries = readonly (readonly [key: string, value: string | number])[];

const RUN_FILE = /^(\d{1,15})-(.+)\.(spec|claimed|abandoned|events)$/;

export function runFiles(runsFolder: string, name: RunName): RunFiles {
  const stem = join(runsFolder, `${name.runId}-${name.plugin}`);
  return {
    spec: `${stem}.spec`,
    claimed: `${stem}.claimed`,
    abandoned: `${stem}.abandoned`,
    events: `${stem}.events`,
  };
}

/** Whose file it is by its name, or undefined when the name is not one of ours. */
export function parseRunFile(fileName: string): RunName | undefined {
  const match = RUN_FILE.exec(fileName);
  if (match === null) return undefined;
  return { runId: Number(match[1]), plugin: match[2] ?? '' };
}

/** All runs that have a file in the folder, lowest run id first. */
export function listRuns(runsFolder: string): readonly RunName[] {
  const runs = new Map<number, RunName>();
  for (const fileName of readdirSync(runsFolder)) {
    const name = parseRunFile(fileName);
    if (name !== undefined) runs.set(name.runId, name);
  }
  return [...runs.values()].sort((a, b) => a.runId - b.runId);
}

export function encodeSpec(entries: SpecEntries): Buffer {
  return Buffer.from(entries.map(([key, value]) => `${key}=${value}\0`).join(''), 'utf8');
}

/** Writes the spec; 0600, for the environment in it may hold secrets. Throws what the file system says. */
export function writeSpec(files: RunFiles, entries: SpecEntries): void {
  writeFileSync(files.spec, encodeSpec(entries), { mode: 0o600, flag: 'wx' });
}

/** The value of a key in a claimed (or unclaimed) spec; undefined when the file or the key is not there. */
export function readSpecValue(files: RunFiles, key: string): string | undefined {
  for (const file of [files.claimed, files.spec]) {
    const text = readIfThere(file);
    const entry = text?.split('\0').find((record) => record.startsWith(`${key}=`));
    if (entry !== undefined) return entry.slice(key.length + 1);
  }
  return undefined;
}

/**
 * Takes an unclaimed spec out of the way, so that no shim can begin this run any more. False when a shim has claimed
 * it, or when there is none.
 */
export function abandonRun(files: RunFiles): boolean {
  try {
    renameSync(files.spec, files.abandoned);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}

/** Removes all files of a run whose end is recorded. */
export function removeRunFiles(files: RunFiles): void {
  for (const file of [files.spec, files.claimed, files.abandoned, files.events]) {
    try {
      unlinkSync(file);
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ENOENT') throw thrown;
    }
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
