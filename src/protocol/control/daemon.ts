/** The daemon itself. */

import type { Paths } from '../paths.ts';
import type { Role } from './envelope.ts';

export interface DaemonStatus {
  readonly version: string;
  readonly pid: number;
  /** RFC 3339 UTC, microseconds. */
  readonly since: string;
  /** UUID v4, made once for this state folder. */
  readonly instanceId: string;
  readonly protocol: { readonly control: number; readonly plugin: number };
  readonly plugins: { readonly total: number; readonly running: number; readonly failed: number };
  readonly paths: Paths;
  /** Resident memory of torud. */
  readonly memoryBytes: number;
  /** Who asks, and what that one may do; absent where nobody asks over the control socket. */
  readonly caller?: CallerStatus;
  /** What a person should know: a full disk, a set-aside database, no peer credentials, … */
  readonly problems: readonly string[];
  /** What this torud began with, where that is worth a word: an upgrade, or the death of the one before it. */
  readonly reason?: string;
}

export interface CallerStatus {
  /** Absent when the kernel's word could not be had. */
  readonly uid?: number;
  readonly name?: string;
  /** What it may do with torud itself, and at least with every plugin. */
  readonly role: Role;
  /** What the rules of `[[access]]` give; empty when none is about the caller. */
  readonly rules: readonly { readonly role: Role; readonly plugins: string }[];
}

export interface DaemonStopParams {
  readonly dryRun?: boolean;
  /** Leave the plugins running; the next torud takes them over. */
  readonly keepPlugins?: boolean;
}

export interface DaemonReloadParams {
  /** Only check the files and say what would change. */
  readonly dryRun?: boolean;
}

export interface DaemonUpgradeParams {
  /** Only have the installed version check itself. */
  readonly dryRun?: boolean;
}

/** Levels of torud's own log, the least first. */
export const SUPERVISOR_LEVELS = ['error', 'warning', 'info', 'debug'] as const;
export type SupervisorLevelName = (typeof SUPERVISOR_LEVELS)[number];

export interface LogLevelParams {
  /** Absent: only ask. Holds until torud ends or reads torud.toml again. */
  readonly level?: SupervisorLevelName;
  readonly dryRun?: boolean;
}

export interface LogLevelResult {
  readonly level: SupervisorLevelName;
  readonly before: SupervisorLevelName;
}

export interface DaemonReloadResult {
  /** Plugins whose effective settings changed; running ones take them at their next start. */
  readonly changed: readonly string[];
}

export interface DaemonUpgradeResult {
  /** Version that gives this answer, and ends with it. */
  readonly from: string;
  /** Version that takes its place. */
  readonly to: string;
  /** `since` of the torud that ends: one with another `since` is the new one. */
  readonly since: string;
}
