/** The files of a run in the runs folder; names and spec format as ARCHITECTURE.md, "Contract of toru-shim". */

import { existsSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, messageOf } from '../../protocol/result.ts';

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
  /** Socket of the shim on which nobody speaks; its end is the shim's. */
  readonly alive: string;
}

/** Pairs as they stand in the spec; keys may repeat. */
export type SpecEntries = readonly (readonly [key: string, value: string | number])[];

const RUN_FILE = /^(\d{1,15})-(.+)\.(spec|claimed|abandoned|events|alive)$/;

export function runFiles(runsFolder: string, name: RunName): RunFiles {
  return runFilesAt(join(runsFolder, `${name.runId}-${name.plugin}`));
}

/** @param stem path of all its files without what follows the dot */
export function runFilesAt(stem: string): RunFiles {
  return {
    spec: `${stem}.spec`,
    claimed: `${stem}.claimed`,
    abandoned: `${stem}.abandoned`,
    events: `${stem}.events`,
    alive: `${stem}.alive`,
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

/** The value of a key in a spec, claimed, unclaimed or abandoned; undefined when the file or the key is not there. */
export function readSpecValue(files: RunFiles, key: string): string | undefined {
  return readSpecValues(files, key)[0];
}

/** As `readSpecValue`, all values of a key in their order. */
export function readSpecValues(files: RunFiles, key: string): readonly string[] {
  for (const file of [files.claimed, files.spec, files.abandoned]) {
    const entries = readIfThere(file)
      ?.split('\0')
      .filter((record) => record.startsWith(`${key}=`));
    if (entries !== undefined && entries.length > 0)
      return entries.map((entry) => entry.slice(key.length + 1));
  }
  return [];
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

/**
 * As `abandonRun`, for a run whose only shim has ended. `claimed`: it had claimed the run; else what kept it from that,
 * one line.
 */
export function withdrawRun(files: RunFiles): string {
  try {
    return abandonRun(files) ? 'toru-shim ended before it began the run' : 'claimed';
  } catch (thrown) {
    // On a read-only file system the shim's own rename failed for the same reason.
    if (errnoOf(thrown) === undefined) throw thrown;
    return existsSync(files.spec) ? `the run cannot be claimed: ${messageOf(thrown)}` : 'claimed';
  }
}

/** Removes all files of a run whose end is recorded. */
export function removeRunFiles(files: RunFiles): void {
  for (const file of [files.spec, files.claimed, files.abandoned, files.events, files.alive]) {
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
