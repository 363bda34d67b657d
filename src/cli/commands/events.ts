/** `toru events [NAME…]` */

import { within } from '../../client/time-limit.ts';
import { EVENT_TYPES } from '../../protocol/control/events.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';
import type { Result } from '../../protocol/result.ts';
import type { Command } from '../command.ts';
import { type FeedName, type FeedParams, followFeed, type Occurrence, readFeeds } from '../event-feeds.ts';
import { eventLine, eventTable } from '../event-text.ts';
import { MOMENT_FORMS } from '../moment.ts';
import { collect, given, integerOption, momentOption, wordsOption } from '../option-values.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { writeFollow } from '../output/sink.ts';
import type { Session } from '../session.ts';

/** Events that a follow shows first when neither their number nor a time is given. */
const FIRST_EVENTS = 10;

/** What `--type` takes: `audit` is no event of a plugin's life but what was asked for, and by whom; `all` is both. */
const TYPES = [...EVENT_TYPES, 'audit', 'all'] as const;

export const events: Command = {
  verb: 'events',
  kind: 'query',
  operands: '[NAME...]',
  minOperands: 0,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: true,
  options: [
    { name: 'follow', short: 'f', does: 'go on with what is to come, also over a restart of torud' },
    { name: 'type', value: 'T', isRepeatable: true, does: `only these: ${TYPES.join(', ')}` },
    { name: 'since', value: 'T', does: MOMENT_FORMS },
    { name: 'lines', short: 'n', value: 'N', does: 'only the newest N' },
    { name: 'fail-empty', does: 'exit code 1 when there was none' },
    { name: 'strict', does: 'exit code 1 when events were left out' },
  ],
  does: 'show what happened to plugins, by whom and why',
  details:
    'With "--type audit" it shows who asked for which change and what came of it, refused ones included; that takes the role operate. "--type all" shows both.',
  examples: [
    'toru events web -n 20',
    'toru events --type crashed,gave-up --since today',
    'toru events -f --json',
    'toru events --type audit,stopped web --since yesterday',
  ],
  run: runEvents,
};

async function runEvents(session: Session): Promise<Answer> {
  const options = collect({
    types: wordsOption(session, 'type', TYPES),
    since: momentOption(session, 'since', Date.now()),
    limit: integerOption(session, 'lines', 0),
  });
  if (!options.ok) return failed(options.failure);
  const { types, since, limit } = options.value;
  const isAll = types.includes('all');
  const lifecycle = isAll ? [] : types.filter((type) => type !== 'audit' && type !== 'all');
  const params: FeedParams = {
    ...session.selection,
    ...(lifecycle.length > 0 ? { types: lifecycle } : {}),
    ...given('since', since),
    ...given('limit', limit),
  };
  const feeds: readonly FeedName[] = [
    ...(types.length === 0 || isAll || lifecycle.length > 0 ? (['event.read'] as const) : []),
    ...(isAll || types.includes('audit') ? (['audit.read'] as const) : []),
  ];
  const { timeoutMs, isTimeoutGiven } = session.globals;
  const isFollow = session.has('follow');
  const work = isFollow ? followEvents(session, feeds, params) : readEvents(session, feeds, params);
  const answer = await within(work, isFollow && !isTimeoutGiven ? 0 : timeoutMs);
  return answer ?? failed(errorBody('timeout', `the time limit of ${timeoutMs / 1000} s has passed`));
}

async function readEvents(session: Session, feeds: readonly FeedName[], params: FeedParams): Promise<Answer> {
  const read = await readFeeds(session, feeds, params);
  if (!read.ok) return failed(read.failure);
  const { events: found, isCut } = read.value;
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

/** One event a line, flushed. Several feeds come merged by time up to now, and from then on as they happen. */
async function followEvents(
  session: Session,
  feeds: readonly FeedName[],
  params: FeedParams,
): Promise<Answer> {
  const { limit: _limit, ...rest } = params;
  const isOpen = params.limit === undefined && params.since === undefined;
  const first = { ...params, ...(isOpen ? { limit: FIRST_EVENTS } : {}) };
  const print = (found: readonly Occurrence[]): Promise<void> =>
    writeFollow(found.map((event) => `${eventLine(event, session)}\n`).join(''));
  const [only] = feeds;
  if (only !== undefined && feeds.length === 1) {
    return endAnswer(await followFeed(session, only, first, rest, print));
  }
  // Connected before anything is printed: from then on the end of torud is something to wait through.
  const sessions = feeds.map((_feed, index) => (index === 0 ? session : session.quietly()));
  for (const one of sessions) {
    const welcome = await one.client.welcome();
    if (!welcome.ok) return failed(welcome.failure);
  }
  const past = await readFeeds(session, feeds, first);
  if (!past.ok) return failed(past.failure);
  await print(past.value.events);
  const follows = feeds.map((feed, index) => {
    const afterId = past.value.lastIds.get(feed) ?? 0;
    const begin = first.limit === 0 ? first : { ...rest, afterId };
    return followFeed(sessions[index] ?? session, feed, begin, rest, print);
  });
  return endAnswer(await Promise.race(follows));
}

function endAnswer(outcome: Result<unknown, ErrorBody>): Answer {
  return outcome.ok ? {} : failed(outcome.failure);
}
