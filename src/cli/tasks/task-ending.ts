/** Waiting for the end of a task, also over a restart of torud. */

import type { Task } from '../../protocol/control/tasks.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { type Result, success } from '../../protocol/result.ts';
import { awaitDaemon } from '../away.ts';
import type { FollowClient } from '../follow.ts';
import type { Session } from '../session.ts';

/** How torud's own end looks: closed, or "shutting down". */
const AWAY_CODES: ReadonlySet<string> = new Set(['unreachable', 'unavailable']);

/** @param id whole id of a task that torud knew. The task is final. */
export async function awaitEnd(session: Session, id: string): Promise<Result<Task, ErrorBody>> {
  let client: FollowClient = session.client;
  for (;;) {
    const answer = await client.call('task.wait', { id });
    if (answer.ok) return success(answer.value.task);
    const { code, reconnect } = answer.failure;
    if (reconnect !== true && !AWAY_CODES.has(code)) return answer;
    client.close();
    client = await awaitDaemon(session.socketPath, session.globals.isQuiet, reconnect === true);
    const welcome = await client.welcome();
    if (!welcome.ok) return welcome;
  }
}
