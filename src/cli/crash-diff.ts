/** What is another one between two runs of a plugin, as facts. Pure. */

import type { Crash, CrashShowResult, SettingChange } from '../protocol/control/crashes.ts';
import type { SecretFilter } from './secrets.ts';

export type Difference = SettingChange;

/** One side of a comparison. */
export interface Side {
  readonly kind: 'run' | 'crash';
  /** Of the run, or of the crash. */
  readonly id: number;
  readonly at: string;
  readonly version: string;
}

export interface CrashDiff {
  readonly plugin: string;
  /** null: there is no good run to compare with, or it is too old to be kept. */
  readonly before: Side | null;
  readonly after: Side;
  /** Version, digest, settings (`limits.memoryBytes`, `environment.HOME`, …); of two crashes also how they ended. */
  readonly changed: readonly Difference[];
  /** False when the settings of one side are not kept any more, so that nothing is said of them. */
  readonly areSettingsKnown: boolean;
  /** Keys whose values look secret: that they changed is said, and not how. */
  readonly removed: readonly string[];
}

/** The crash against the last good run before it. */
export function diffWithGoodRun(shown: CrashShowResult, filter: SecretFilter): CrashDiff {
  const { crash, lastGoodRun } = shown;
  const good = lastGoodRun ?? null;
  const before: Side | null =
    good === null ? null : { kind: 'run', id: good.id, at: good.startedAt, version: good.version };
  const facts = good === null ? versionFacts(beforeOf(crash), crash) : versionFacts(good, crash);
  // The capsule holds the settings that differ also when the good run is not kept any more.
  const settings = crash.settingsChanged.map(({ key, before: old, after }) => difference(key, old, after));
  return {
    plugin: crash.plugin,
    before,
    after: sideOf(crash),
    changed: crash.lastGoodRunId === null ? [] : [...facts, ...hideSecrets(settings, filter)],
    areSettingsKnown: crash.lastGoodRunId !== null,
    removed: [...filter.removed],
  };
}

/** Two crashes, the older one first. */
export function diffCrashes(older: CrashShowResult, newer: CrashShowResult, filter: SecretFilter): CrashDiff {
  const before = older.run?.settings;
  const after = newer.run?.settings;
  const areSettingsKnown = before !== undefined && after !== undefined;
  const settings = areSettingsKnown ? changedLeaves(before, after) : [];
  return {
    plugin: newer.crash.plugin,
    before: sideOf(older.crash),
    after: sideOf(newer.crash),
    changed: [
      ...versionFacts(older.crash, newer.crash),
      ...endFacts(older.crash, newer.crash),
      ...hideSecrets(settings, filter),
    ],
    areSettingsKnown,
    removed: [...filter.removed],
  };
}

function sideOf({ id, at, version }: Crash): Side {
  return { kind: 'crash', id, at, version };
}

interface Version {
  readonly version: string;
  /** null: it is another one, and no longer known. */
  readonly digest: string | null;
}

/** What the capsule says of a good run that is not kept any more. */
function beforeOf({ version, versionBefore, digest, digestChanged }: Crash): Version {
  return { version: versionBefore ?? version, digest: digestChanged ? null : digest };
}

function versionFacts(before: Version, after: Version): readonly Difference[] {
  return different([
    difference('version', before.version, after.version),
    difference('digest', before.digest, after.digest),
  ]);
}

const END_KEYS = [
  'plugin',
  'cause',
  'exitCode',
  'signal',
  'detail',
  'uptimeMs',
  'peakMemoryBytes',
  'cpuMs',
  'restart',
  'verdict',
  'coreDumped',
] as const satisfies readonly (keyof Crash)[];

function endFacts(before: Crash, after: Crash): readonly Difference[] {
  return different(END_KEYS.map((key) => difference(key, before[key], after[key])));
}

function different(facts: readonly Difference[]): readonly Difference[] {
  return facts.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
}

function difference(key: string, before: unknown, after: unknown): Difference {
  return { key: key.replace(/^settings\./, ''), before, after };
}

function hideSecrets(changes: readonly Difference[], filter: SecretFilter): readonly Difference[] {
  return changes.map((change) => filter.cleanChange(change));
}

function changedLeaves(before: object, after: object): readonly Difference[] {
  const old = leavesOf(before);
  const now = leavesOf(after);
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  return different(keys.map((key) => difference(key, old.get(key) ?? null, now.get(key) ?? null)));
}

/** Leaves by dotted key; arrays count as leaves. */
function leavesOf(value: object, prefix = ''): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  for (const [key, inner] of Object.entries(value)) {
    const path = `${prefix}${key}`;
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
      for (const [leaf, found] of leavesOf(inner, `${path}.`)) leaves.set(leaf, found);
    } else leaves.set(path, inner);
  }
  return leaves;
}
