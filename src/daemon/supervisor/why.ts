/** `toru why`: one paragraph of whole sentences, the most important first. Pure. */

import type { PluginStatus } from '../../protocol/control/plugins.ts';
import { parseTime } from '../base/clock.ts';

export interface WhyFacts {
  readonly status: PluginStatus;
  readonly nowMs: number;
  /** Restarts after which torud gives up; null: never. */
  readonly limit: number | null;
  /** What the plugin said last before its last crash, one line. */
  readonly lastWords: string | undefined;
  /** Version before the one that crashed, when it was another. */
  readonly versionBefore: string | undefined;
}

export function explain(facts: WhyFacts): string {
  const sentences = [stateSentence(facts), ...facts.status.problems.map(asSentence)];
  // What a plugin says of itself may hold line ends; this is one paragraph.
  return sentences.join(' ').replaceAll(/\s+/g, ' ');
}

function stateSentence(facts: WhyFacts): string {
  const { status } = facts;
  switch (status.state) {
    case 'running':
      return explainRunning(facts);
    case 'starting':
      return `${status.id} is starting since ${age(facts, status.since)}: ${status.reason}. It is not ready yet.`;
    case 'stopping':
      return `${status.id} is stopping since ${age(facts, status.since)}: ${status.reason}. What is left of it is killed when its grace is over.`;
    case 'waiting':
      return `${status.id} is waiting: ${status.reason}. It starts by itself when that is ready.`;
    case 'stopped':
      return explainStopped(facts);
    case 'exited':
      return `${status.id} has exited: ${status.reason}. That was at ${clockTime(status.since)}, ${age(facts, status.since)} ago. Start it again with "toru start ${status.id}".`;
    case 'backoff':
      return explainBackoff(facts);
    case 'failed':
      return explainFailed(facts);
    case 'invalid':
      return `${status.id} is invalid: ${status.reason}. Fix it; torud looks again by itself.`;
  }
}

function explainRunning(facts: WhyFacts): string {
  const { status } = facts;
  const since = `${age(facts, status.since)} (${dateTime(status.since)})`;
  const crash = status.lastCrash;
  const crashes =
    crash === null
      ? 'It has never crashed.'
      : parseTime(crash.at) < parseTime(status.since) && status.restarts === 0
        ? `It has not crashed since; the last crash was at ${dateTime(crash.at)} ("toru crashes show ${crash.id}").`
        : `It was restarted ${times(status.restarts)} after crashes; see "toru crashes show ${crash.id}".`;
  if (status.health === 'unhealthy') {
    return `${status.id} is running since ${since}, but unhealthy: its health check says "${status.healthDetail ?? 'no detail'}". ${crashes}`;
  }
  return `${status.id} is running since ${since}: ${status.reason}. ${crashes}`;
}

function explainStopped(facts: WhyFacts): string {
  const { status } = facts;
  const when = `at ${clockTime(status.since)}, ${age(facts, status.since)} ago`;
  const next = status.enabled
    ? `It is enabled, so it starts again when the machine boots, or with "toru start ${status.id}".`
    : `It is not enabled; "toru start ${status.id}" starts it now, "toru enable ${status.id}" now and with the machine.`;
  return `${status.id} is stopped: ${status.reason}${status.actor === null ? '' : ` ${when}`}. ${next}`;
}

function explainBackoff(facts: WhyFacts): string {
  const { status, limit } = facts;
  const next =
    status.nextRestartAt === null
      ? ''
      : ` Next try in ${span(parseTime(status.nextRestartAt) - facts.nowMs)} (restart ${status.restarts})`;
  const left =
    limit === null
      ? '.'
      : `; after ${Math.max(0, limit - status.restarts)} more it is given up and disabled.`;
  return `${status.id} is in backoff: ${status.reason}${uptimeOf(status)}.${words(facts)}${change(facts)}${next}${left}`;
}

function explainFailed(facts: WhyFacts): string {
  const { status } = facts;
  const see = status.lastCrash === null ? '' : ` See "toru crashes show ${status.lastCrash.id}".`;
  const mend = status.enabled
    ? `Nothing starts it until "toru start ${status.id}".`
    : `Nothing will start it until "toru reset-failed ${status.id}" and "toru enable ${status.id}".`;
  return `${status.id} is failed since ${clockTime(status.since)}: ${status.reason}.${words(facts)}${change(facts)} ${mend}${see}`;
}

function uptimeOf(status: PluginStatus): string {
  return status.lastCrash === null ? '' : ` after ${span(status.lastCrash.uptimeMs)}`;
}

function words(facts: WhyFacts): string {
  return facts.lastWords === undefined ? '' : ` Its last words: "${facts.lastWords}".`;
}

function change(facts: WhyFacts): string {
  if (facts.versionBefore === undefined) return '';
  return ` Its last good run was version ${facts.versionBefore}; this is ${facts.status.version}.`;
}

function asSentence(problem: string): string {
  return `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function age(facts: WhyFacts, since: string): string {
  return span(facts.nowMs - parseTime(since));
}

/** `340 ms`, `2.1 s`, `41 s`, `12 minutes`, `3 hours`, `12 days`. */
export function span(ms: number): string {
  if (ms < 0) return '0 s';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const [amount, unit] =
    seconds < 7200
      ? [seconds / 60, 'minute']
      : seconds < 172_800
        ? [seconds / 3600, 'hour']
        : [seconds / 86_400, 'day'];
  const whole = Math.floor(amount);
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}

function dateTime(time: string): string {
  const date = new Date(parseTime(time));
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clockTime(time)}`;
}

function clockTime(time: string): string {
  const date = new Date(parseTime(time));
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
