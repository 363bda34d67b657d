/** What `toru why` says of crashes: how often, how alike, last words, and what was changed before they began. Pure. */

import type { CrashSummary } from '../../protocol/control/crashes.ts';
import { parseTime } from '../base/clock.ts';
import type { WhyFacts } from './why-facts.ts';
import { dateTime, listText, ordinal, pastText, span, times, whenText } from './why-times.ts';

/** Characters of the last words that are repeated. */
const MAX_WORDS = 200;
/** Changed settings that are named. */
const MAX_KEYS = 6;

/** Crashes without a stable stretch between them. @param newestFirst of one plugin */
export function streakOf(newestFirst: readonly CrashSummary[]): readonly CrashSummary[] {
  const streak: CrashSummary[] = [];
  for (const crash of newestFirst) {
    const later = streak.at(-1);
    if (later !== undefined && later.restart !== crash.restart + 1) break;
    streak.push(crash);
    if (crash.restart === 0) break;
  }
  return streak;
}

/** `after 2.1 s, for the third time in 41 s`; empty when nothing is known of the crash. */
export function repetitionText({ streak, crash }: WhyFacts): string {
  const [newest] = streak;
  if (newest === undefined) return crash === undefined ? '' : ` after ${span(crash.uptimeMs)}`;
  const after = ` after ${span(newest.uptimeMs)}`;
  if (streak.length === 1) return after;
  const within = `in ${span(streakMs(streak))}`;
  if (endings(streak).size === 1) return `${after}, for the ${ordinal(streak.length)} time ${within}`;
  return `${after}; that is the ${ordinal(streak.length)} crash ${within}, not all alike: ${endingsText(streak)}`;
}

/** `, after ops (uid 1000) ran "toru kill -s KILL web"`. */
export function killedText({ killedBy }: WhyFacts): string {
  return killedBy === undefined ? '' : `, after ${killedBy}`;
}

/** `it crashed 11 times within 3 minutes (SIGSEGV each time, after at most 3 s)`. */
export function streakSummary({ streak }: WhyFacts): string {
  const alike =
    endings(streak).size === 1 ? `${[...endings(streak).keys()][0]} each time` : endingsText(streak);
  const longestMs = Math.max(...streak.map((crash) => crash.uptimeMs));
  return `it crashed ${times(streak.length)} within ${span(streakMs(streak))} (${alike}, after at most ${span(longestMs)})`;
}

/** From the first crash's start to the last crash: one that follows at once is no crash "in 0 s". */
function streakMs(streak: readonly CrashSummary[]): number {
  const newest = streak[0];
  const oldest = streak.at(-1);
  if (newest === undefined || oldest === undefined) return 0;
  return parseTime(newest.at) - parseTime(oldest.at) + oldest.uptimeMs;
}

function endings(streak: readonly CrashSummary[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const crash of streak) counts.set(endingText(crash), (counts.get(endingText(crash)) ?? 0) + 1);
  return counts;
}

function endingsText(streak: readonly CrashSummary[]): string {
  return listText([...endings(streak)].map(([ending, count]) => `${ending} (${times(count)})`));
}

/** `exit code 7`, `SIGSEGV`, `not ready in time`, … */
export function endingText(crash: Pick<CrashSummary, 'cause' | 'exitCode' | 'signal'>): string {
  switch (crash.cause) {
    case 'exit':
    case 'signal':
      if (crash.signal !== null) return crash.signal;
      return crash.exitCode === null ? 'an end that nobody saw' : `exit code ${crash.exitCode}`;
    case 'oom':
      return 'out of memory';
    case 'start-timeout':
      return 'not ready in time';
    case 'health':
      return 'failed health checks';
    case 'protocol':
      return 'a breach of the plugin protocol';
    case 'spawn':
      return 'a start that was not possible';
  }
}

export function lastWordsText({ crash }: WhyFacts): string {
  const last = crash?.lastLines.findLast((line) => line.message.trim() !== '');
  if (last === undefined) return crash === undefined ? '' : 'It wrote nothing to its log.';
  const { message } = last;
  return `Its last words: "${message.length > MAX_WORDS ? `${message.slice(0, MAX_WORDS)}…` : message}".`;
}

/** What is another one than in the last good run, and since when. */
export function changeText(facts: WhyFacts): string {
  const { crash, lastGood, changedAt, nowMs } = facts;
  if (crash === undefined) return '';
  if (facts.wasGood) return `It had run well for ${span(crash.uptimeMs)}. ${changeBeforeText(facts)}`.trim();
  if (crash.lastGoodRunId === null) return 'It has had no good run yet.';
  const when = changedAt === undefined ? '' : ` ${whenText(changedAt, nowMs)}`;
  const after = changedAt === undefined ? 'after' : 'right after';
  if (crash.versionBefore !== undefined)
    return `This began ${after} version ${crash.version} replaced ${crash.versionBefore}${when}.`;
  // Keys alone: a value may be a secret.
  const keys = crash.settingsChanged.map((change) => change.key.replace(/^settings\./, ''));
  const shown =
    keys.length > MAX_KEYS ? [...keys.slice(0, MAX_KEYS), `${keys.length - MAX_KEYS} more`] : keys;
  const settings = keys.length === 0 ? '' : `these settings changed: ${listText(shown)}`;
  if (crash.digestChanged) {
    const also = settings === '' ? '' : `, and ${settings}`;
    return `This began ${after} its files changed${when} (the version is still ${crash.version})${also}.`;
  }
  if (settings !== '') return `This began after ${settings}.`;
  if (lastGood === undefined)
    return 'Neither its files nor its settings have changed since its last good run.';
  const end = lastGood.endedAt === null ? '' : ` to ${dateTime(lastGood.endedAt)}`;
  return `Neither its files nor its settings have changed since its last good run (${dateTime(lastGood.startedAt)}${end}).`;
}

/** What a run that went well had of its own: no cause of its end that is sure, and yet what is new. */
function changeBeforeText(facts: WhyFacts): string {
  if (facts.crash === undefined || facts.crash.lastGoodRunId === null) return '';
  return changeText({ ...facts, wasGood: false })
    .replace(/^This began (?:right )?after /, 'Before that run ')
    .replace('since its last good run', 'since the good run before');
}

/** Of a plugin that runs: how it came to be restarted, or that it was well. */
export function calmText(facts: WhyFacts): string {
  const { status, streak, rules, nowMs } = facts;
  const { lastCrash: crash } = status;
  if (crash === null) return 'It has never crashed.';
  const see = `"toru crashes show ${crash.id}"`;
  if (status.restarts === 0 && parseTime(crash.at) <= parseTime(status.since)) {
    return `It has not crashed since; the last crash was ${pastText(crash.at, nowMs)} (${endingText(crash)}${killedText(facts)}; ${see}).`;
  }
  const stable =
    rules === undefined || status.restarts === 0
      ? ''
      : ` When it has been up for ${span(rules.stableAfterMs)}, torud forgets these restarts.`;
  const count = Math.max(status.restarts, streak.length, 1);
  return `It was restarted ${times(count)} after crashes, the last ${pastText(crash.at, nowMs)} (${endingText(crash)} after ${span(crash.uptimeMs)}${killedText(facts)}; ${see}).${stable}`;
}
