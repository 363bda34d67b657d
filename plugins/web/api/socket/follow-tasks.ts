/** Subscriptions to tasks: the states of all of them, and what one writes. */

import type { Task } from '../../../../src/protocol/control/tasks.ts';
import { type ErrorBody, errorBody } from '../../../../src/protocol/errors.ts';
import { type Identity, isForAll } from '../../login/identity.ts';
import type { Daemon } from '../../server/daemon.ts';
import type { TaskBook } from '../../server/task-book.ts';
import type { FollowHub } from '../follow/hub.ts';
import { followTaskOutput } from '../follow/task-output.ts';
import type { OutputWanted } from './message.ts';
import { StateFollower, type StateKind } from './state-follower.ts';
import type { Subscription } from './subscription.ts';

export const OUTSIDE: ErrorBody = errorBody('denied', 'this token is not for that');

const KIND: StateKind<Task> = {
  plural: 'tasks',
  singular: 'task',
  saysLive: true,
  maySee: isForAll,
  shown: (task) => task,
};

/** Serves until the subscription is closed. Undefined, or why there is nothing to follow. */
export async function followTasks(
  book: TaskBook,
  identity: Identity,
  subscription: Subscription,
): Promise<ErrorBody | undefined> {
  if (!isForAll(identity)) return OUTSIDE;
  return new StateFollower(KIND, book, identity, subscription).run();
}

/** Serves until the task has ended, or the subscription is closed. */
export async function followOutput(
  { task_id, cursor, tail }: OutputWanted,
  { daemon, hub }: { readonly daemon: Daemon; readonly hub: FollowHub },
  identity: Identity,
  subscription: Subscription,
): Promise<ErrorBody | undefined> {
  if (!isForAll(identity)) return OUTSIDE;
  const full = hub.enterOwn(identity);
  if (full !== undefined) return full.error;
  try {
    const shown = await daemon.call('task.show', { id: task_id });
    if (!shown.ok) return shown.failure;
    subscription.send('subscribed');
    const from = cursor === undefined ? 0 : Number(cursor);
    const ended = await followTaskOutput({
      daemon,
      taskId: shown.value.task.id,
      from,
      tailBytes: cursor === undefined ? tail : undefined,
      sink: subscription,
      reader: {
        onText: ({ stream, at, text, next }) =>
          subscription.send(
            'output',
            `"stream":"${stream}","at":${JSON.stringify(at)},"data":${JSON.stringify(text)},"cursor":"${next}"`,
          ),
        onGap: (bytes, next) => subscription.send('gap', `"bytes":${bytes},"cursor":"${next}"`),
        onTask: (task) => subscription.send('task', `"task":${JSON.stringify(task)}`),
      },
    });
    if (!ended.ok) return ended.failure;
    subscription.send('ended', `"task":${JSON.stringify(ended.value)}`);
    return undefined;
  } finally {
    hub.leaveOwn(identity);
  }
}
