/** Makes a crash's capsule: what is known of the end, its last words, and what changed since the last good run. */

import type { CapsuleLine, Crash, CrashSummary, SettingChange } from '../../protocol/control/crashes.ts';
import { formatTime, parseTime } from '../base/clock.ts';
import type { RunOutcome } from '../runs/plugin-run.ts';
import type { RunEnd, RunRecord } from '../store/records.ts';
import type { Decision, RunEnding } from './restart-policy.ts';

/** Lines of both streams that a capsule keeps. */
export const MAX_CAPSULE_LINES = 200;
/** Characters of one line that a capsule keeps. */
export const MAX_CAPSULE_LINE_LENGTH = 2_000;

export interface CapsuleInputs {
  readonly run: RunRecord;
  readonly end: RunEnd;
  readonly ending: RunEnding;
  readonly decision: Decision;
  readonly restart: number;
  readonly lastLines: readonly CapsuleLine[];
  /** The last run that was stable or ended as asked. */
  readonly lastGood: RunRecord | undefined;
}

export function makeCapsule(inputs: CapsuleInputs): Omit<Crash, 'id'> {
  const { run, end, decision, lastGood } = inputs;
  return {
    plugin: run.plugin,
    runId: run.id,
    at: end.endedAt,
    uptimeMs: Math.max(0, Math.round(parseTime(end.endedAt) - parseTime(run.startedAt))),
    exitCode: end.exitCode,
    signal: end.signal,
    cause: decision.cause === 'done' ? 'exit' : decision.cause,
    restart: inputs.restart,
    verdict: decision.verdict,
    delayMs: decision.delayMs,
    peakMemoryBytes: end.peakMemoryBytes,
    cpuMs: end.cpuMs,
    coreDumped: end.coreDumped,
    version: run.version,
    digest: run.digest,
    detail: decision.reason,
    lastLines: shortenLines(inputs.lastLines),
    limits: limitsOf(run),
    settingsChanged: lastGood === undefined ? [] : changedSettings(lastGood.settings, run.settings),
    digestChanged: lastGood !== undefined && lastGood.digest !== run.digest,
    ...(lastGood !== undefined && lastGood.version !== run.version
      ? { versionBefore: lastGood.version }
      : {}),
    lastGoodRunId: lastGood?.id ?? null,
  };
}

/** A capsule without its surroundings: what every list of plugins carries of the last crash. */
export function summaryOf(crash: Crash): CrashSummary {
  const { id, plugin, runId, at, uptimeMs, exitCode, signal, cause, restart, verdict, delayMs } = crash;
  const { peakMemoryBytes, cpuMs, coreDumped, version, digest } = crash;
  return {
    id,
    plugin,
    runId,
    at,
    uptimeMs,
    exitCode,
    signal,
    cause,
    restart,
    verdict,
    delayMs,
    peakMemoryBytes,
    cpuMs,
    coreDumped,
    version,
    digest,
  };
}

/** A capsule is shown and sent whole, so a line of it is cut; the log has all of it. */
export function shortenLines(lines: readonly CapsuleLine[]): readonly CapsuleLine[] {
  return lines.map((line) =>
    line.message.length <= MAX_CAPSULE_LINE_LENGTH
      ? line
      : { ...line, message: `${line.message.slice(0, MAX_CAPSULE_LINE_LENGTH)}…` },
  );
}

/** What the end of a run leaves in `runs`. */
export function runEndOf(
  outcome: RunOutcome | undefined,
  cause: RunEnd['cause'],
  atMs: number,
  linesLost: number,
): RunEnd {
  const exit = outcome?.kind === 'exited' ? outcome.exit : undefined;
  const gone = outcome?.kind === 'exited' ? outcome.gone : undefined;
  return {
    endedAt: formatTime(atMs),
    cause,
    exitCode: exit?.code ?? null,
    signal: exit?.signal ?? null,
    coreDumped: exit?.core ?? false,
    peakMemoryBytes: exit?.maxRssBytes ?? null,
    cpuMs: exit === undefined ? null : exit.userMs + exit.systemMs,
    lines: gone?.lines ?? 0,
    linesLost: gone?.lost ?? linesLost,
  };
}

/** How the restart policy sees an outcome. */
export function endingOf(outcome: RunOutcome): RunEnding {
  switch (outcome.kind) {
    case 'exited':
      return { code: outcome.exit.code, signal: outcome.exit.signal };
    case 'spawn-failed':
      return {
        code: null,
        signal: null,
        cause: 'spawn',
        detail: `it could not be started: ${outcome.step}: ${outcome.error}`,
      };
    case 'lost':
      return { code: null, signal: null, detail: outcome.detail };
    case 'never-began':
      return { code: null, signal: null, detail: 'its process was never started' };
  }
}

/** Differences between two settings snapshots, by flat dotted key. */
export function changedSettings(before: object, after: object): readonly SettingChange[] {
  const old = flatten(before);
  const now = flatten(after);
  const changes: SettingChange[] = [];
  for (const key of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    if (old.get(key) === now.get(key)) continue;
    changes.push({ key, before: parse(old.get(key)), after: parse(now.get(key)) });
  }
  return changes;
}

function parse(json: string | undefined): unknown {
  return json === undefined ? null : JSON.parse(json);
}

/** Leaves as JSON by dotted key; arrays count as leaves. */
export function flatten(value: object, prefix = ''): Map<string, string> {
  const leaves = new Map<string, string>();
  for (const [key, inner] of Object.entries(value)) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
      for (const [leaf, json] of flatten(inner, path)) leaves.set(leaf, json);
    } else leaves.set(path, JSON.stringify(inner) ?? 'null');
  }
  return leaves;
}

function limitsOf(run: RunRecord): Readonly<Record<string, unknown>> {
  const settings = run.settings.settings;
  if (typeof settings !== 'object' || settings === null || !('limits' in settings)) return {};
  return (settings.limits ?? {}) as Readonly<Record<string, unknown>>;
}

/** When the run ended, milliseconds since 1970, where that is known. */
export function outcomeTime(outcome: RunOutcome): number | undefined {
  if (outcome.kind === 'exited') return parseTime(outcome.exit.at);
  if (outcome.kind === 'spawn-failed' && outcome.at !== undefined) return parseTime(outcome.at);
  return undefined;
}
