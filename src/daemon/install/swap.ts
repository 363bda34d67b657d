/**
 * Puts a version of a plugin into the plugin folder and keeps the one before, or takes it out. All of it are renames inside one
 * file system, noted before in a file, so that a torud that is killed in between can undo them when it starts again.
 *
 * Layout of a staging folder, `PLUGINS/.staging-XXXXXX/`:
 *   entry/NAME   the version that comes in, until it is in its place
 *   older/NAME   what was kept for a rollback before, until the swap is done
 *   swap.json    the note; there only while the renames are under way
 * and `PLUGINS/.previous/ID/NAME` is the version before. NAME is what the plugin is called in the plugin folder.
 *
 * Synchronous, so that nobody inside torud ever sees the moment between two renames.
 */

import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../protocol/result.ts';
import type { AskedChange } from '../catalog/asked-change.ts';

export const STAGING_PREFIX = '.staging-';
export const PREVIOUS = '.previous';
export const NOTE = 'swap.json';

/** install: what lies in entry/ comes in. rollback: what is kept comes in. remove: nothing does. */
export type SwapKind = 'install' | 'rollback' | 'remove';

export interface Swap {
  readonly kind: SwapKind;
  readonly id: string;
  /** Of the entry in the plugin folder. */
  readonly name: string;
  /** Of the version that is kept now; null without one. */
  readonly keptName: string | null;
  /** Device and inode, which a rename leaves alone; null where there is none. */
  readonly incoming: string | null;
  readonly current: string | null;
  readonly kept: string | null;
  /** What is told of it once it stands, also by the torud after one that was killed before it could. */
  readonly change: AskedChange;
}

export class SwapPlaces {
  readonly pluginFolder: string;
  readonly staging: string;

  constructor(pluginFolder: string, staging: string) {
    this.pluginFolder = pluginFolder;
    this.staging = staging;
  }

  get note(): string {
    return join(this.staging, NOTE);
  }

  target(swap: Swap): string {
    return join(this.pluginFolder, swap.name);
  }

  entry(swap: Swap): string {
    return join(this.staging, 'entry', swap.name);
  }

  older(swap: Swap): string {
    return join(this.staging, 'older', swap.keptName ?? '');
  }

  keptFolder(swap: Swap): string {
    return join(this.pluginFolder, PREVIOUS, swap.id);
  }

  /** The version that is kept before the swap. */
  kept(swap: Swap): string {
    return join(this.keptFolder(swap), swap.keptName ?? '');
  }

  /** Where the version in the plugin folder goes. */
  keeping(swap: Swap): string {
    return join(this.keptFolder(swap), swap.name);
  }
}

/** Called before each step with its name; a test ends the process there. */
export type BeforeStep = (step: string) => void;

/** Throws a system error; all is as it was then, or undoSwap makes it so. */
export function carryOutSwap(places: SwapPlaces, swap: Swap, before: BeforeStep = () => undefined): void {
  if (swap.current !== null) makeFolder(places.keptFolder(swap));
  makeFolder(join(places.staging, 'older'));
  makeFolder(join(places.staging, 'entry'));
  before('note');
  writeNote(places, swap);
  before('put the older one aside');
  // Without a version to keep, what is kept stays.
  if (swap.kept !== null && (swap.current !== null || swap.kind === 'rollback'))
    renameSync(places.kept(swap), asideOf(places, swap));
  before('keep the current one');
  if (swap.current !== null) renameSync(places.target(swap), places.keeping(swap));
  before('put the new one in its place');
  if (swap.kind !== 'remove') renameSync(places.entry(swap), places.target(swap));
  before('sync');
  syncFolder(places.pluginFolder);
  if (swap.current !== null) {
    syncFolder(places.keptFolder(swap));
    syncFolder(join(places.pluginFolder, PREVIOUS));
  }
  before('done');
}

/** Takes back what was done of a swap that did not get to its end. @returns false when it had got there: it stands */
export function undoSwap(places: SwapPlaces, swap: Swap): boolean {
  const target = identityAt(places.target(swap));
  if (swap.kind === 'remove' ? target === null : target === swap.incoming) return false;
  if (swap.current !== null && target === null && identityAt(places.keeping(swap)) === swap.current)
    renameSync(places.keeping(swap), places.target(swap));
  const aside = asideOf(places, swap);
  if (swap.kept !== null && identityAt(places.kept(swap)) === null && identityAt(aside) === swap.kept)
    renameSync(aside, places.kept(swap));
  syncFolder(places.pluginFolder);
  return true;
}

/** Where the version that was kept is while its place is needed; in a rollback it is the one that comes in. */
function asideOf(places: SwapPlaces, swap: Swap): string {
  return swap.kind === 'rollback' ? places.entry(swap) : places.older(swap);
}

/** Device and inode of what lies at the path itself; null when there is nothing. */
export function identityAt(path: string): string | null {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined ? null : `${stats.dev}:${stats.ino}`;
}

export function exists(path: string): boolean {
  return identityAt(path) !== null;
}

/** Name of the version of a plugin that is kept; null without one. */
export function keptNameOf(pluginFolder: string, id: string): string | null {
  try {
    return readdirSync(join(pluginFolder, PREVIOUS, id)).sort()[0] ?? null;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT' || errnoOf(thrown) === 'ENOTDIR') return null;
    throw thrown;
  }
}

/** Removes the folder of a plugin's kept version when there is none in it, and that of all of them. */
export function forgetEmptyKept(pluginFolder: string, id: string): void {
  for (const folder of [join(pluginFolder, PREVIOUS, id), join(pluginFolder, PREVIOUS)]) {
    try {
      rmdirSync(folder);
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
    }
  }
}

function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o755 });
}

function writeNote(places: SwapPlaces, swap: Swap): void {
  const file = openSync(places.note, 'wx', 0o600);
  try {
    writeSync(file, JSON.stringify(swap));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncFolder(places.staging);
  syncFolder(places.pluginFolder);
}

export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
