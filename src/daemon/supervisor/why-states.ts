/** The sentences of `toru why` for each state. Pure. */

import type { PluginStatus } from '../../protocol/control/plugins.ts';
import { formatTime, parseTime } from '../base/clock.ts';
import { actorText } from './actor-text.ts';
import {
  calmText,
  changeText,
  killedText,
  lastWordsText,
  repetitionText,
  streakSummary,
} from './why-crashes.ts';
import { awaitedText, nextStepsText, waitsFor, waitsForText } from './why-dependencies.ts';
import type { WhyFacts } from './why-facts.ts';
import { asSentence, exactWhenText, pastText, sinceText, span, whenText } from './why-times.ts';

/** Sentences; an empty one says nothing. */
type Sentences = readonly string[];

export function describeState(facts: WhyFacts): Sentences {
  switch (facts.status.state) {
    case 'running':
      return describeRunning(facts);
    case 'starting':
      return describeStarting(facts);
    case 'stopping':
      return describeStopping(facts);
    case 'waiting':
      return describeWaiting(facts);
    case 'stopped':
      return describeStopped(facts);
    case 'exited':
      return describeExited(facts);
    case 'backoff':
      return describeBackoff(facts);
    case 'failed':
      return describeFailed(facts);
    case 'invalid':
      return describeInvalid(facts);
  }
}

function describeRunning(facts: WhyFacts): Sentences {
  const { status, nowMs } = facts;
  const since = sinceText(status.since, nowMs);
  const boot = status.enabled ? '' : `It is not enabled: it does not start with the machine.`;
  if (status.health !== 'unhealthy') {
    return [`${status.id} is running ${since}: ${becauseText(status)}.`, calmText(facts), boot];
  }
  const { unhealthySince, badAnswers, rules } = facts;
  const began =
    unhealthySince === undefined ? '' : ` since ${whenText(unhealthySince, nowMs).replace(/^at /, '')}`;
  const count = badAnswers === undefined || badAnswers < 2 ? '' : ` (${badAnswers} times in a row)`;
  const restartAfter = rules?.restartAfter ?? null;
  const next =
    restartAfter === null
      ? `By its settings that does not restart it; "toru restart ${status.id}" does.`
      : `By its settings it is restarted after ${restartAfter}.`;
  return [
    `${status.id} is running, but unhealthy${began}: its health check says "${status.healthDetail ?? 'no detail'}"${count}.`,
    next,
    `It is up ${since}: ${becauseText(status)}.`,
    calmText(facts),
    boot,
  ];
}

function describeStarting(facts: WhyFacts): Sentences {
  const { status, rules, nowMs } = facts;
  return [
    `${status.id} is starting ${sinceText(status.since, nowMs)}: ${becauseText(status)}.`,
    rules === undefined ? 'It is not ready yet.' : readinessText(status, rules, nowMs),
    status.restarts === 0 ? '' : lastWordsText(facts),
    status.restarts === 0 ? '' : changeText(facts),
  ];
}

function readinessText(status: PluginStatus, rules: NonNullable<WhyFacts['rules']>, nowMs: number): string {
  if (rules.aliveMs !== null) {
    return `It is not ready yet: it counts as ready when it has been alive for ${span(rules.aliveMs)}.`;
  }
  const until = formatTime(parseTime(status.since) + rules.startTimeoutMs);
  return `It is not ready yet: it has not answered "init". If it does not ${exactWhenText(until, nowMs).replace(/^at /, 'by ')}, that is a crash.`;
}

function describeStopping(facts: WhyFacts): Sentences {
  const { status, rules, goal, nowMs } = facts;
  const until =
    rules === undefined
      ? ''
      : ` It has ${span(rules.graceMs)} to end, until ${exactWhenText(formatTime(parseTime(status.since) + rules.graceMs), nowMs).replace(/^at /, '')}; what is left of it then is killed.`;
  const next = {
    stop: '',
    restart: 'Then it is started again.',
    crash: 'That counts as a crash; its restart policy decides what follows.',
    ended: '',
  };
  return [
    `${status.id} is stopping ${sinceText(status.since, nowMs)}: ${becauseText(status)}.${until}`,
    goal === undefined ? '' : next[goal],
  ];
}

function describeWaiting(facts: WhyFacts): Sentences {
  const { status, nowMs } = facts;
  const waits = waitsFor(status, facts);
  // The reason of a plugin that waits is what it waits for, which the first sentence says better.
  const why = /^for /.test(status.reason) ? askedText(status).replace(/^, /, ' ') : ` ${becauseText(status)}`;
  const asked = `It waits ${sinceText(status.since, nowMs)}${why.trim() === '' ? '' : `:${why}`}.`;
  if (waits.length === 0) {
    return [`${status.id} is waiting: ${status.reason}.`, 'It starts by itself when that is ready.'];
  }
  return [
    `${status.id} is waiting for ${waitsForText(waits)}.`,
    `It starts by itself when ${awaitedText(waits)}.`,
    nextStepsText(status.id, waits, facts),
    asked,
  ];
}

function describeStopped(facts: WhyFacts): Sentences {
  const { status, nowMs, isDueAtNextStart } = facts;
  const { id, actor, lastExit } = status;
  const isNew = actor === null && lastExit === null && status.lastCrash === null;
  const when = isNew || actor === null ? '' : ` ${pastText(status.since, nowMs)}`;
  const head = isNew
    ? `${id} is stopped: it has not been started yet.`
    : `${id} is stopped: ${becauseText(status)}${when}.`;
  if (facts.startProblem !== undefined) {
    const enabled = status.enabled
      ? `It is enabled${enabledBy(facts)}.`
      : `It is not enabled${disabledBy(facts)}.`;
    return [head, lastEndText(facts), enabled, `"toru start ${id}" is refused now: ${facts.startProblem}.`];
  }
  const next = status.enabled
    ? isDueAtNextStart
      ? `It is enabled${enabledBy(facts)}, so it starts when torud or the machine starts next, or now with "toru start ${id}".`
      : `It is enabled${enabledBy(facts)}, so it starts again when the machine boots, or with "toru start ${id}".`
    : `It is not enabled${disabledBy(facts)}; "toru start ${id}" starts it now, "toru enable ${id}" now and with the machine.`;
  return [head, lastEndText(facts), next];
}

/** How it ended, where that was not as a plugin that is asked to should. */
function lastEndText({ status }: WhyFacts): string {
  const { lastExit } = status;
  if (lastExit === null || lastExit.signal === 'SIGTERM') return '';
  if (lastExit.signal === 'SIGKILL') return 'It did not end when it was asked to, so it was killed.';
  if (lastExit.signal !== null) return `It ended by ${lastExit.signal}.`;
  return lastExit.code === null || lastExit.code === 0 ? '' : `It ended with exit code ${lastExit.code}.`;
}

function describeExited(facts: WhyFacts): Sentences {
  const { status, nowMs } = facts;
  const boot = status.enabled
    ? `Start it again with "toru start ${status.id}"; it is enabled, so it also starts when the machine boots.`
    : `Start it again with "toru start ${status.id}"; it is not enabled, so the machine's start does not.`;
  return [
    `${status.id} has exited: ${status.reason}.`,
    asSentence(`that was ${pastText(status.since, nowMs)}`),
    boot,
  ];
}

function describeBackoff(facts: WhyFacts): Sentences {
  const { status } = facts;
  return [
    `${status.id} is in backoff: ${status.reason}${repetitionText(facts)}${killedText(facts)}.`,
    lastWordsText(facts),
    changeText(facts),
    nextTryText(facts),
    seeCrash(status),
  ];
}

function nextTryText({ status, rules, nowMs }: WhyFacts): string {
  const { nextRestartAt, restarts } = status;
  if (nextRestartAt === null) return '';
  const limit = rules?.limit ?? null;
  const leftMs = parseTime(nextRestartAt) - nowMs;
  const when = leftMs <= 0 ? 'now' : `in ${span(leftMs)}, ${exactWhenText(nextRestartAt, nowMs)}`;
  const next = `Next try ${when} (restart ${restarts}${limit === null ? '' : ` of ${limit}`})`;
  if (limit === null) return `${next}; it is tried for ever.`;
  const more = limit - restarts;
  const end = `it is given up${status.enabled ? ' and disabled' : ''}`;
  return more <= 0 ? `${next}; if that fails too, ${end}.` : `${next}; after ${more} more ${end}.`;
}

function describeFailed(facts: WhyFacts): Sentences {
  const { status, streak, nowMs } = facts;
  const isGivenUp = status.lastCrash?.verdict === 'give-up' && streak.length > 1;
  const since = pastText(status.since, nowMs);
  const head = isGivenUp
    ? `${status.id} is failed: ${streakSummary(facts)} and was given up${wasDisabled(facts) ? ' and disabled' : ''} ${since}.`
    : `${status.id} is failed: ${givenUpText(facts)}${killedText(facts)}, ${since}.`;
  const mend = status.enabled
    ? `Nothing starts it until "toru start ${status.id}"; it is enabled, so it also starts when the machine boots.`
    : `Nothing starts it until "toru start ${status.id}"; it is not enabled, so the machine's start does not ("toru enable ${status.id}").`;
  return [head, lastWordsText(facts), changeText(facts), mend, seeCrash(status)];
}

/** torud takes `enabled` from what it gives up; what never was enabled is given up alone. */
function wasDisabled({ enabling, status }: WhyFacts): boolean {
  return !status.enabled && enabling?.actor?.kind === 'daemon';
}

function givenUpText(facts: WhyFacts): string {
  const { reason } = facts.status;
  return wasDisabled(facts) ? reason : reason.replace('given up and disabled', 'given up');
}

function seeCrash(status: PluginStatus): string {
  return status.lastCrash === null ? '' : `See "toru crashes show ${status.lastCrash.id}".`;
}

function describeInvalid(facts: WhyFacts): Sentences {
  const { status, files } = facts;
  const { id } = status;
  if (files === 'gone') {
    return [
      `${id} cannot run: ${status.reason}.`,
      `Put them back (torud looks by itself), or have torud forget it with "toru disable ${id}".`,
    ];
  }
  const next =
    status.wanted === 'up' ? 'torud looks again by itself and starts it then' : 'torud looks again by itself';
  return [`${id} is invalid: ${status.reason}.`, `Fix it; ${next}.`];
}

/** The reason, and which user is behind it where it does not say so itself. */
function becauseText(status: PluginStatus): string {
  return `${status.reason}${askedText(status)}`;
}

function askedText({ actor, reason }: PluginStatus): string {
  if (actor?.kind !== 'user' || reason.includes(actorText(actor))) return '';
  return `, asked for by ${actorText(actor)}`;
}

/** ` (by ops (uid 1000) on 2026-11-02 at 12:04)`. */
function enabledBy({ enabling, nowMs }: WhyFacts): string {
  if (enabling === undefined || enabling.actor === null) return '';
  return ` (by ${actorText(enabling.actor)} ${whenText(enabling.at, nowMs)})`;
}

function disabledBy(facts: WhyFacts): string {
  const { enabling, nowMs } = facts;
  if (enabling === undefined || enabling.actor === null) return '';
  return ` (disabled by ${actorText(enabling.actor)} ${whenText(enabling.at, nowMs)})`;
}
