/** One crash with all that is known around it, as one document for somebody else (`toru crashes export`). */

import { arch, release, type as systemName } from 'node:os';
import type { CrashShowResult } from '../protocol/control/crashes.ts';
import type { PluginEvent } from '../protocol/control/events.ts';
import type { ErrorBody } from '../protocol/errors.ts';
import type { Result } from '../protocol/result.ts';
import { VERSION } from '../protocol/version.ts';
import { follow } from './follow.ts';
import { parseLogLine } from './log-text.ts';
import { SecretFilter } from './secrets.ts';
import type { Session } from './session.ts';

/** Events so long before and after the crash belong to it. */
const AROUND_MS = 5 * 60_000;
const MAX_EVENTS = 10_000;
/** The run's last lines that a report holds, and their bytes. */
export const MAX_REPORT_LINES = 5_000;
export const MAX_REPORT_BYTES = 4 * 1024 * 1024;

export interface LogPart {
  /** Oldest first. */
  readonly lines: readonly object[];
  /** Lines of the run that were left out as too many, or that the log does not hold any more. */
  readonly linesLeftOut: number;
}

/** Keys in the order in which somebody reads them. */
export async function crashReport(session: Session, shown: CrashShowResult): Promise<object> {
  const { crash, run, lastGoodRun } = shown;
  const notes: string[] = [];
  if (run === null || run === undefined) notes.push('the run is too old: its settings are not kept any more');
  const events = await eventsAround(session, crash.plugin, Date.parse(crash.at));
  if (!events.ok) notes.push(`events could not be read: ${events.failure.message}`);
  const log = await logOfRun(session, crash.plugin, crash.runId, run?.lines ?? null);
  if (!log.ok) notes.push(`the log could not be read: ${log.failure.message}`);
  else if (log.value.linesLeftOut > 0) {
    const { lines, linesLeftOut } = log.value;
    notes.push(
      `the log holds the last ${lines.length} lines of the run; ${linesLeftOut} before them were left out`,
    );
  }
  const daemon = await session.client.call('daemon.status', {}, session.globals.timeoutMs);
  const filter = new SecretFilter();
  for (const known of [run?.settings, lastGoodRun?.settings]) filter.learn(known ?? {});
  for (const change of crash.settingsChanged) filter.learnChange(change);
  const clean = filter.clean({
    crash: { ...crash, settingsChanged: crash.settingsChanged.map((change) => filter.cleanChange(change)) },
    run: run ?? null,
    lastGoodRun: lastGoodRun ?? null,
    events: events.ok ? events.value : [],
    log: log.ok ? log.value : { lines: [], linesLeftOut: 0 },
  }) as object;
  const removed = [...filter.removed].sort();
  if (removed.length > 0) notes.push(`values that look secret were removed: ${removed.join(', ')}`);
  return {
    exportedAt: new Date().toISOString().replace(/Z$/, '000Z'),
    ...clean,
    versions: {
      toru: VERSION,
      torud: daemon.ok ? daemon.value.daemon.version : null,
      node: process.version.slice(1),
      kernel: `${systemName()} ${release()}`,
      architecture: arch(),
    },
    removed,
    notes,
  };
}

async function eventsAround(
  session: Session,
  plugin: string,
  atMs: number,
): Promise<Result<readonly PluginEvent[], ErrorBody>> {
  const since = new Date(atMs - AROUND_MS).toISOString();
  const params = { names: [plugin], since, limit: MAX_EVENTS };
  const found: PluginEvent[] = [];
  const items = follow(session.quietly(), {
    method: 'event.read',
    params,
    resume: () => {
      found.length = 0;
      return params;
    },
    isFinite: true,
  });
  for (;;) {
    const step = await items.next();
    if (step.done === true) return step.value.ok ? { ok: true, value: found } : step.value;
    found.push(...step.value.events.filter((event) => Date.parse(event.at) <= atMs + AROUND_MS));
  }
}

async function logOfRun(
  session: Session,
  plugin: string,
  run: number,
  written: number | null,
): Promise<Result<LogPart, ErrorBody>> {
  const params = { names: [plugin], run, lines: MAX_REPORT_LINES };
  const texts: string[] = [];
  const items = follow(session.quietly(), {
    method: 'log.read',
    params,
    resume: () => {
      texts.length = 0;
      return params;
    },
    isFinite: true,
  });
  for (;;) {
    const step = await items.next();
    if (step.done !== true) {
      texts.push(...step.value.lines);
      continue;
    }
    if (!step.value.ok) return step.value;
    const kept = newestWithin(texts, MAX_REPORT_BYTES);
    const lines = kept.map((text) => parseLogLine(text)).filter((line) => line !== undefined);
    return { ok: true, value: { lines, linesLeftOut: Math.max(0, (written ?? texts.length) - kept.length) } };
  }
}

function newestWithin(texts: readonly string[], maxBytes: number): readonly string[] {
  let bytes = 0;
  let from = texts.length;
  while (from > 0) {
    bytes += Buffer.byteLength(texts[from - 1] ?? '');
    if (bytes > maxBytes) break;
    from -= 1;
  }
  return texts.slice(from);
}
