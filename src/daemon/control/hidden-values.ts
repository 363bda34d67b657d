/**
 * Values of a plugin's `environment` and `config` may be passwords: who is no admin of the plugin gets their names alone.
 */

import type { CrashShowResult, StoredRun } from '../../protocol/control/crashes.ts';
import type { ShowResult } from '../../protocol/control/plugins.ts';
import { allows, type Caller, roleOn } from './access.ts';

export const HIDDEN = '(hidden: takes the role admin)';

/** Whether the caller may see the values. */
export function seesValues(caller: Caller, plugin: string): boolean {
  return allows(roleOn(caller, plugin), 'admin');
}

export function withHiddenSettings({ properties, settings }: ShowResult): ShowResult {
  return {
    properties: Object.fromEntries(
      Object.entries(properties).map(([key, value]) => [key, isPrivate(key) ? HIDDEN : value]),
    ),
    settings: settings.map((one) => (isPrivate(one.key) ? { ...one, value: HIDDEN } : one)),
  };
}

export function withHiddenChanges({ crash, run, lastGoodRun }: CrashShowResult): CrashShowResult {
  const settingsChanged = crash.settingsChanged.map((change) =>
    isPrivate(change.key) ? { ...change, before: HIDDEN, after: HIDDEN } : change,
  );
  return {
    crash: { ...crash, settingsChanged },
    ...(run === undefined ? {} : { run: hiddenRun(run) }),
    ...(lastGoodRun === undefined ? {} : { lastGoodRun: hiddenRun(lastGoodRun) }),
  };
}

function hiddenRun(run: StoredRun | null): StoredRun | null {
  return run === null ? null : { ...run, settings: hiddenTables(run.settings) };
}

/** The tables may lie anywhere in a snapshot of settings. */
function hiddenTables(of: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(of).map(([key, value]) => {
      if (!isTable(value)) return [key, value];
      if (!isPrivate(key)) return [key, hiddenTables(value)];
      return [key, Object.fromEntries(Object.keys(value).map((name) => [name, HIDDEN]))];
    }),
  );
}

function isPrivate(key: string): boolean {
  return /^(environment|config)(\.|$)/.test(key);
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
