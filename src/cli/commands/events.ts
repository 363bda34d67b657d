/** `toru events [NAME…]` */

import type { EventReadParams, PluginEvent } from '../../protocol/control/events.ts';
import { EVENT_TYPES } from '../../protocol/control/events.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';
import type { Result } from '../../protocol/result.ts';
import type { Command } from '../command.ts';
import { eventLine, eventTable } from '../event-text.ts';
import { follow } from '../follow.ts';
import { MOMENT_FORMS } from '../moment.ts';
import { collect, given, integerOption, momentOption, wordsOption } from '../option-values.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { writeFollow } from '../output/sink.ts';
import type { Session } from '../session.ts';
import { within } from '../time-limit.ts';

export const events: Command = {
  verb: 'events',
  kind: 'query',
  operands: '[NAME...]',
  minOperands: 0,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: true,
  options: [
    { name: 'follow', short: 'f', does: 'go on with what is to come, also over a restart of torud' },
    { name: 'type', value: 'T', isRepeatable: true, does: `only these: ${EVENT_TYPES.join(', ')}` },
    { name: 'since', value: 'T', does: MOMENT_FORMS },
    { name: 'lines', short: 'n', value: 'N', does: 'only the newest N' },
    { name: 'fail-empty', does: 'exit code 1 when there was none' },
    { name: 'strict', does: 'exit code 1 when events were left out' },
  ],
  does: 'show what happened to plugins, by whom and why',
  examples: [
    'toru events web -n 20',
    'toru events --type crashed,gave-up --since today',
    'toru events -f --json',
  ],
  run: runEvents,
};

async function runEvents(session: Session): Promise<Answer> {
  const options = collect({
    types: wordsOption(session, 'type', EVENT_TYPES),
    since: momentOption(session, 'since', Date.now()),
    limit: integerOption(session, 'lines', 0),
  });
  if (!options.ok) return failed(options.failure);
  const { types, since, limit } = options.value;
  const params: EventReadParams = {
    ...session.selection,
    ...(types.length > 0 ? { types } : {}),
    ...given('since', since),
    ...given('limit', limit),
  };
  const { timeoutMs, isTimeoutGiven } = session.globals;
  const isFollow = session.has('follow');
  const work = isFollow ? followEvents(session, params) : readEvents(session, params);
  const answer = await within(work, isFollow && !isTimeoutGiven ? 0 : timeoutMs);
  return answer ?? failed(errorBody('timeout', `the time limit of ${timeoutMs / 1000} s has passed`));
}

async function readEvents(session: Session, params: EventReadParams): Promise<Answer> {
  const found: PluginEvent[] = [];
  let isCut = false;
  const limit = params.limit ?? Number.POSITIVE_INFINITY;
  const items = follow(session, {
    method: 'event.read',
    params,
    resume: () => resumed(params, found.at(-1)?.id, Math.max(0, limit - found.length)),
    isFinite: true,
  });
  for (;;) {
    const step = await items.next();
    if (step.done === true) {
      if (!step.value.ok) return failed(step.value.failure);
      break;
    }
    found.push(...step.value.events);
    isCut ||= step.value.isCut === true;
  }
  const isFault = (found.length === 0 && session.has('fail-empty')) || (isCut && session.has('strict'));
  return {
    document: { events: found },
    records: found,
    values: found.map((event) => String(event.id)),
    table: eventTable(found),
    hints: isCut ? ['some events were left out'] : [],
    ...(isFault ? { exitCode: 1 } : {}),
  };
}

/** One event a line, flushed. What is already printed is never asked for again. */
async function followEvents(session: Session, params: EventReadParams): Promise<Answer> {
  let lastId = 0;
  const { limit: _limit, ...rest } = params;
  const first = {
    ...params,
    ...(params.limit === undefined && params.since === undefined ? { limit: 10 } : {}),
    follow: true,
  };
  const items = follow(session, {
    method: 'event.read',
    params: first,
    // Before the first event nothing is printed, so that what was asked for is asked for again.
    resume: () => (lastId === 0 ? first : { ...rest, afterId: lastId, follow: true }),
  });
  for (;;) {
    const step = await items.next();
    if (step.done === true) return endAnswer(step.value);
    for (const event of step.value.events) lastId = Math.max(lastId, event.id);
    const lines = step.value.events.map((event) => `${eventLine(event, session)}\n`);
    await writeFollow(lines.join(''));
  }
}

/** The events behind those that came, of which so many are still wanted. */
function resumed(params: EventReadParams, lastId: number | undefined, left: number): EventReadParams {
  if (lastId === undefined) return params;
  return { ...params, afterId: lastId, ...(Number.isFinite(left) ? { limit: left } : {}) };
}

function endAnswer(outcome: Result<unknown, ErrorBody>): Answer {
  return outcome.ok ? {} : failed(outcome.failure);
}
