/** Hidden folders inside the plugin folder in which a version is made ready, and what becomes of those that a killed torud left. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../protocol/result.ts';
import { isTable } from '../base/config-layer.ts';
import type { AskedChange } from '../catalog/asked-change.ts';
import { NOTE, STAGING_PREFIX, type Swap, SwapPlaces, undoSwap } from './swap.ts';

/** Rejects with a system error. */
export async function makeStaging(pluginFolder: string): Promise<string> {
  mkdirSync(pluginFolder, { recursive: true, mode: 0o755 });
  const staging = mkdtempSync(join(pluginFolder, STAGING_PREFIX));
  // A program in it is asked for its metadata by a user who may do nothing.
  await chmod(staging, 0o755);
  return staging;
}

/** What was found of a torud that was killed while it installed. */
export interface Recovery {
  /** Ids of plugins whose half-done change was taken back. */
  readonly undone: readonly string[];
  /** Changes that stood already, by plugin; whether they were told nobody knows. */
  readonly finished: ReadonlyMap<string, AskedChange>;
  /** One line for each folder that could not be cleared up. */
  readonly problems: readonly string[];
}

/** To be called before the plugin folder is read for the first time. Never rejects for what the disk says. */
export async function recoverStaging(pluginFolder: string): Promise<Recovery> {
  const undone: string[] = [];
  const finished = new Map<string, AskedChange>();
  const problems: string[] = [];
  for (const name of stagingNames(pluginFolder)) {
    const staging = join(pluginFolder, name);
    try {
      const swap = readNote(staging);
      if (swap !== undefined) {
        if (undoSwap(new SwapPlaces(pluginFolder, staging), swap)) undone.push(swap.id);
        else finished.set(swap.id, swap.change);
      }
      await removeTree(staging);
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      problems.push(`${staging} cannot be cleared up: ${errnoOf(thrown)}`);
    }
  }
  return { undone, finished, problems };
}

export function removeTree(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}

function stagingNames(pluginFolder: string): readonly string[] {
  try {
    return readdirSync(pluginFolder).filter((name) => name.startsWith(STAGING_PREFIX));
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return [];
  }
}

/** The note of a swap; undefined when none was begun, or the note itself is only half there: then nothing was renamed yet. */
function readNote(staging: string): Swap | undefined {
  let note: unknown;
  try {
    note = JSON.parse(readFileSync(join(staging, NOTE), 'utf8'));
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT' || thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
  if (!isTable(note)) return undefined;
  const { kind, id, name, keptName, incoming, current, kept, change } = note;
  if (kind !== 'install' && kind !== 'rollback' && kind !== 'remove') return undefined;
  if (!isName(id) || !isName(name) || !(keptName === null || isName(keptName))) return undefined;
  if (!isIdentity(incoming) || !isIdentity(current) || !isIdentity(kept)) return undefined;
  if (!isTable(change)) return undefined;
  // The rest was checked because paths are made of it; this goes into an event as it is.
  return { kind, id, name, keptName, incoming, current, kept, change: change as unknown as AskedChange };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('/') && value !== '..' && value !== '.';
}

function isIdentity(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
