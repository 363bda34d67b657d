/** `toru wait NAME… --for COND…` */

import { within } from '../../client/time-limit.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import type { Result } from '../../protocol/result.ts';
import type { Command } from '../command.ts';
import type { Condition } from '../conditions.ts';
import { parseCondition } from '../conditions.ts';
import { follow } from '../follow.ts';
import { parseLogLine } from '../log-text.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import type { Session } from '../session.ts';
import { WaitRoom } from '../wait-room.ts';

export const wait: Command = {
  verb: 'wait',
  kind: 'action',
  operands: 'NAME...',
  minOperands: 1,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: true,
  options: [
    {
      name: 'for',
      value: 'COND',
      isRepeatable: true,
      does: 'ready (default), running, stopped, failed, healthy, exited, exit=N, log~REGEX, restarts<N',
    },
  ],
  does: 'wait until plugins are as named',
  details:
    'Several conditions must hold at the same moment, for every name; log~REGEX looks at what the run of now, or one that follows, has written or will write. Ends at once, with an error, when it cannot come true any more. Goes on over a restart of torud.',
  examples: [
    'toru wait web',
    'toru wait web db --for healthy --timeout 30s',
    "toru wait job --for exit=0 --for 'log~done'",
  ],
  run: runWait,
};

async function runWait(session: Session): Promise<Answer> {
  const conditions: Condition[] = [];
  const asked = session.occurrences('for');
  for (const text of asked.length > 0 ? asked : ['ready']) {
    const condition = parseCondition(text);
    if (!condition.ok) return failed(condition.failure);
    conditions.push(condition.value);
  }
  const { timeoutMs, allowNone, isAll } = session.globals;
  const room = new WaitRoom(conditions, allowNone || isAll, session.operands);
  const fulfilment = conditions.some(({ pattern }) => pattern !== undefined)
    ? watchBoth(session, room)
    : watchPlugins(session, room);
  const error = await within(fulfilment, timeoutMs);
  if (error === undefined) return failed(room.timeout(timeoutMs));
  if (error !== FULFILLED) return failed(error);
  return { document: { plugins: room.plugins }, records: room.plugins, values: [] };
}

const FULFILLED = 'fulfilled';
type Ending = typeof FULFILLED | ErrorBody;

/** Subscribes, so that it reads the state of now and each change behind it without a gap. */
async function watchPlugins(session: Session, room: WaitRoom, onSnapshot?: () => void): Promise<Ending> {
  const params = session.selection;
  const watched = follow(session, { method: 'plugin.watch', params, resume: () => params });
  for (;;) {
    const step = await watched.next();
    if (step.done === true) return endOf(step.value);
    room.onWatched(step.value);
    onSnapshot?.();
    if (room.isFulfilled) return FULFILLED;
    if (room.impossibility !== undefined) return room.impossibility;
  }
}

/** The logs once it is known which runs there are: what those have written already counts as well. */
function watchBoth(session: Session, room: WaitRoom): Promise<Ending> {
  const logs = Promise.withResolvers<Ending>();
  let hasBegun = false;
  const plugins = watchPlugins(session, room, () => {
    if (hasBegun) return;
    hasBegun = true;
    watchLogs(session, room).then(logs.resolve, logs.reject);
  });
  return Promise.race([plugins, logs.promise]);
}

/** On a connection of its own: it reconnects for itself. */
async function watchLogs(session: Session, room: WaitRoom): Promise<Ending> {
  const quiet = session.quietly();
  const base = { ...session.selection, follow: true };
  const startedAt = room.earliestStart(Date.now()) ?? new Date().toISOString();
  const lines = follow(quiet, {
    method: 'log.read',
    params: { ...base, since: startedAt },
    resume: (last) => (last === undefined ? { ...base, since: startedAt } : { ...base, cursor: last.cursor }),
  });
  for (;;) {
    const step = await lines.next();
    if (step.done === true) return endOf(step.value);
    for (const text of step.value.lines) {
      const line = parseLogLine(text);
      if (line !== undefined) room.onLogged(String(line.plugin), String(line.message), Number(line.run));
    }
    if (room.isFulfilled) return FULFILLED;
  }
}

/** A stream that was to last for ever has ended. */
function endOf(outcome: Result<unknown, ErrorBody>): Ending {
  if (!outcome.ok) return outcome.failure;
  return { code: 'unavailable', message: 'torud ended the subscription' };
}
