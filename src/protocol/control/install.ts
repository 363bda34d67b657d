/** Putting plugins into the plugin folder, and taking them out. */

import type { ActionParams } from './plugins.ts';

export interface InstallParams {
  /** Absolute path of a folder, a program with `--metadata`, or a .tar.gz or .tgz, as torud sees it. */
  readonly path: string;
  readonly dryRun?: boolean;
}

export interface RollbackParams {
  readonly plugin: string;
  readonly dryRun?: boolean;
}

/** Of an installation or a rollback. */
export interface InstallResult {
  readonly plugin: string;
  readonly version: string;
  /** SHA-256 over what was installed, hexadecimal, as the catalogue has it. */
  readonly digest: string;
  /** Version that was there before; null without one. It is kept for a rollback. */
  readonly previousVersion: string | null;
  /** False when the same digest was there already. */
  readonly changed: boolean;
  /** True when the plugin runs and goes on with what it was started from until its next start. */
  readonly needsRestart: boolean;
  /** Files and bytes that were, or would be, written. */
  readonly files: number;
  readonly bytes: number;
  /** What is amiss all the same: dependencies that are not met or not met any more, a drop-in that does not fit. Sentences. */
  readonly warnings: readonly string[];
}

export interface RemoveParams extends ActionParams {
  /** Also its data folder, keys, logs, drop-in, crash history and kept versions. */
  readonly purge?: boolean;
}

export interface DropInParams {
  readonly plugin: string;
}

/** An admin's settings for one plugin, as they stand in the file. */
export interface DropInResult {
  readonly path: string;
  /** null: there is no such file. */
  readonly text: string | null;
  /** SHA-256 of the text, hexadecimal; empty for an absent file. */
  readonly digest: string;
}

export interface SetDropInParams {
  readonly plugin: string;
  /** The whole file; empty: the file is removed. */
  readonly text: string;
  /** Of the text that the change is made to; another one in the file by now is a `conflict`. */
  readonly ifDigest?: string;
  readonly dryRun?: boolean;
}

export interface SetDropInResult {
  readonly changed: boolean;
  /** Settings whose effective value changes. */
  readonly settings: readonly string[];
  /** True when the plugin runs and takes them at its next start. */
  readonly needsRestart: boolean;
}
