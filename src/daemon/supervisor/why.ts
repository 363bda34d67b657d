/** `toru why`: one paragraph of whole sentences, the most important first. Pure. */

import type { Actor, WhyResult } from '../../protocol/control/plugins.ts';
import { parseTime } from '../base/clock.ts';
import { actorText } from './actor-text.ts';
import { commandsOf } from './why-commands.ts';
import { waitedForBy, waitedForText, waitsFor } from './why-dependencies.ts';
import type { WhyFacts } from './why-facts.ts';
import { describeState } from './why-states.ts';
import { asSentence, exactWhenText, whenText } from './why-times.ts';

export type { WhyFacts } from './why-facts.ts';

export function explain(facts: WhyFacts): string {
  const { status } = facts;
  const sentences = [
    ...describeState(facts),
    waitedForText(status, facts),
    adoptionText(facts),
    ...problemsBeside(facts).map(asSentence),
    linesLostText(facts),
  ];
  // What a plugin says of itself may hold line ends; this is one paragraph.
  return sentences
    .filter((sentence) => sentence !== '')
    .join(' ')
    .replaceAll(/\s+/g, ' ');
}

/** The paragraph with the facts that a script may want of it. */
export function answerWhy(facts: WhyFacts): WhyResult {
  const { status, rules } = facts;
  const limit = rules?.limit ?? null;
  return {
    text: explain(facts),
    plugin: status,
    waitsFor: status.state === 'waiting' ? waitsFor(status, facts) : [],
    waitedForBy: waitedForBy(status, facts),
    nextRestartAt: status.nextRestartAt,
    restartsLeft:
      status.state === 'backoff' && limit !== null ? Math.max(0, limit - status.restarts + 1) : null,
    commands: commandsOf(facts),
  };
}

/** What a stopped plugin needs and cannot have is told as what a start would say. */
function problemsBeside({ status, startProblem }: WhyFacts): readonly string[] {
  if (status.state !== 'stopped' || startProblem === undefined) return status.problems;
  return status.problems.filter((problem) => !startProblem.startsWith(`it ${problem}`));
}

function adoptionText({ adoptedAt, torudEnd, status, nowMs }: WhyFacts): string {
  if (adoptedAt === undefined || status.pid === null) return '';
  const torud = torudEnd ?? `torud was started again ${exactWhenText(adoptedAt, nowMs)}`;
  return `${torud}; ${status.id} kept running and was taken over.`;
}

function linesLostText({ status }: WhyFacts): string {
  const { linesLost, id } = status;
  if (linesLost === 0) return '';
  const lines = linesLost === 1 ? '1 line of its log was' : `${linesLost} lines of its log were`;
  return `${lines} lost ("toru logs ${id}" shows where).`;
}

/** For a plugin that is not there any more: what is left of it. @param removal the event of its removal */
export function explainGone(
  removal: { readonly at: string; readonly actor: Actor | null; readonly reason: string },
  lastVersion: string,
  nowMs: number,
): string {
  const { at, actor, reason } = removal;
  const by =
    actor === null || reason.includes(actorText(actor)) || actor.kind === 'daemon'
      ? ''
      : ` by ${actorText(actor)}`;
  const age = parseTime(at) > nowMs ? '' : ` ${whenText(at, nowMs)}`;
  const version = lastVersion === '' ? '' : ` (version ${lastVersion})`;
  return `it is not installed any more${version}: ${reason}${by}${age}`;
}
