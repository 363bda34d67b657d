/** What is known of a crash, in words: for the terminal and for the browser. */

import type { Crash, StoredRun } from '../protocol/control/crashes.ts';
import { formatDateTime, formatDuration, formatSize, formatSpan } from './output/sizes.ts';
import { SecretFilter } from './secrets.ts';
import { causeText } from './status-block.ts';

const DIGEST_LETTERS = 12;

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
