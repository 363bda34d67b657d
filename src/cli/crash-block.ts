/** One crash with its capsule, as `toru crashes show` prints it (SCREENS.md). */

import type { Crash, StoredRun } from '../protocol/control/crashes.ts';
import { logText } from './log-text.ts';
import { formatDateTime, formatDuration, formatSize, formatSpan } from './output/sizes.ts';
import { SecretFilter } from './secrets.ts';
import { causeText } from './status-block.ts';

const DIGEST_LETTERS = 12;

/**
 * Not yet sanitised. Settings whose names look secret are shown without their values.
 * @param columns width of the rules
 * @param lastGood the last good run before it, where it is still kept
 */
export function crashBlock(crash: Crash, columns: number, lastGood: StoredRun | null = null): string {
  const facts = crashFacts(crash, lastGood);
  const width = Math.max(...facts.map(([label]) => label.length));
  const nowMs = Date.parse(crash.at);
  const lines = crash.lastLines.map(({ time, stream, message }) =>
    logText(JSON.stringify({ timestamp: time, stream, message }), { hasColour: false, idWidth: 0, nowMs }),
  );
  const head = `── last lines `;
  return [
    `${crash.plugin} › crash #${crash.id}`,
    ...facts.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`),
    `${head}${'─'.repeat(Math.max(3, Math.min(columns, 100) - head.length))}`,
    ...(lines.length === 0 ? ['(it wrote none)'] : lines),
  ].join('\n');
}

/** What is known of it beside its last lines; what is empty is left out. Not yet sanitised, without secrets. */
export function crashFacts(
  crash: Crash,
  lastGood: StoredRun | null,
): readonly (readonly [label: string, text: string])[] {
  const facts: (readonly [label: string, text: string])[] = [
    ['at', `${formatDateTime(crash.at)}; run ${crash.runId}, version ${crash.version}`],
    ['cause', `${causeText(crash)} after ${formatSpan(crash.uptimeMs)} (restart ${crash.restart})`],
    ['detail', crash.detail],
    ['peak', peakText(crash)],
    ['verdict', verdictText(crash)],
    ['changed', changesText(crash, lastGood)],
    ['limits', limitsText(crash)],
  ];
  return facts.filter(([, text]) => text !== '');
}

function peakText({ peakMemoryBytes, cpuMs }: Crash): string {
  const memory = peakMemoryBytes === null ? 'memory unknown' : `memory ${formatSize(peakMemoryBytes)}`;
  return cpuMs === null ? memory : `${memory} · cpu ${formatSpan(cpuMs)}`;
}

function verdictText({ verdict, delayMs }: Crash): string {
  switch (verdict) {
    case 'restart':
      return delayMs === null ? 'restart' : `restart after ${formatSpan(delayMs)}`;
    case 'give-up':
      return 'given up and disabled';
    case 'none':
      return 'no restart wanted';
    default:
      return verdict satisfies never;
  }
}

function changesText(crash: Crash, lastGood: StoredRun | null): string {
  if (crash.lastGoodRunId === null) return 'there was no good run before';
  const filter = new SecretFilter();
  const settings = crash.settingsChanged.map((change) => {
    const { key, before, after } = filter.cleanChange(change);
    return `${key.replace(/^settings\./, '')} ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
  });
  const version =
    crash.versionBefore === undefined ? [] : [`version ${crash.versionBefore} → ${crash.version}`];
  const old = lastGood === null ? '' : `${lastGood.digest.slice(0, DIGEST_LETTERS)} `;
  const digest = crash.digestChanged ? [`digest ${old}→ ${crash.digest.slice(0, DIGEST_LETTERS)}`] : [];
  const changes = [...version, ...digest, `settings: ${settings.join(', ') || 'none'}`];
  const from = lastGood === null ? '' : `, from ${formatDateTime(lastGood.startedAt)}`;
  return `since the last good run (run ${crash.lastGoodRunId}${from}): ${changes.join(' · ')}`;
}

function limitsText({ limits }: Crash): string {
  const set = Object.entries(limits).filter(([, value]) => value !== null);
  return set.map(([key, value]) => `${key} ${limitText(key, value)}`).join(' · ');
}

function limitText(key: string, value: unknown): string {
  if (typeof value !== 'number') return typeof value === 'string' ? value : JSON.stringify(value);
  if (key.endsWith('Bytes')) return formatSize(value);
  return key.endsWith('Ms') ? formatDuration(value) : String(value);
}
