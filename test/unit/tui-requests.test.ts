/** What screens have asked for outlives a torud that goes away: asked again when it is back, and never answered twice without need. */

import { expect, test, vi } from 'vitest';
import type { FollowClient } from '../../src/cli/follow.ts';
import type { Session } from '../../src/cli/session.ts';
import type { CallEffect, FollowEffect, ScreenMessage } from '../../src/cli/tui/messages.ts';
import { Requests } from '../../src/cli/tui/requests.ts';
import { type ErrorBody, errorBody } from '../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../src/protocol/result.ts';

const WHY: CallEffect = { type: 'call', tag: 'detail/why', method: 'daemon.status', params: {} };
const EVENTS: FollowEffect = {
  type: 'follow',
  tag: 'events/feed',
  method: 'event.read',
  params: { follow: true },
  resume: () => ({ follow: true }),
};

/** A connection that answers calls as told, and whose streams end as told. */
function client(answer: () => Promise<Result<unknown, ErrorBody>>, end = success({})): FollowClient {
  return {
    call: answer,
    stream: () => ({
      outcome: Promise.resolve(end),
      async *[Symbol.asyncIterator]() {
        yield { events: ['one'] };
      },
    }),
    welcome: async () => success({}),
    close: () => undefined,
  } as unknown as FollowClient;
}

function stage(streams: FollowClient = client(async () => success('now'))) {
  const sent: ScreenMessage[] = [];
  const session = { quietly: () => ({ client: streams }) } as unknown as Session;
  const requests = new Requests(session, (message) => void sent.push(message));
  const answers = (): unknown[] =>
    sent.flatMap((one) =>
      one.type === 'answer' ? [one.result.ok ? one.result.value : one.result.failure.code] : [],
    );
  return { requests, sent, answers };
}

test('a question while torud is away is refused at once, and answered when it is back', async () => {
  const { requests, answers } = stage();
  await requests.call(WHY);
  expect(answers()).toEqual(['unreachable']);
  requests.onConnection(client(async () => success('now')));
  await vi.waitFor(() => expect(answers()).toEqual(['unreachable', 'now']));
  requests.onConnection(undefined);
  requests.onConnection(client(async () => success('again')));
  await Promise.resolve();
  expect(answers()).toEqual(['unreachable', 'now']);
});

test('a question that a dying torud did not answer is asked again, one that it refused is not', async () => {
  const { requests, answers } = stage();
  requests.onConnection(client(async () => failure(errorBody('unreachable', 'gone'))));
  await requests.call(WHY);
  requests.onConnection(undefined);
  requests.onConnection(client(async () => failure(errorBody('not_found', 'no such plugin'))));
  await vi.waitFor(() => expect(answers()).toEqual(['unreachable', 'not_found']));
  requests.onConnection(undefined);
  requests.onConnection(client(async () => success('never')));
  await Promise.resolve();
  expect(answers()).toEqual(['unreachable', 'not_found']);
});

test('of two questions with one tag the newer one is asked again', async () => {
  const { requests, answers } = stage();
  await requests.call(WHY);
  await requests.call({ ...WHY, method: 'plugin.list' });
  const asked: string[] = [];
  const back = client(async () => success('now'));
  requests.onConnection({
    ...back,
    call: ((method: string) => {
      asked.push(method);
      return Promise.resolve(success('now'));
    }) as FollowClient['call'],
  });
  await vi.waitFor(() => expect(answers()).toHaveLength(3));
  expect(asked).toEqual(['plugin.list']);
});

test('a follow that is begun while torud is away begins when it is back', async () => {
  const { requests, sent } = stage();
  await requests.follow(EVENTS);
  expect(sent).toEqual([]);
  requests.onConnection(client(async () => success('now')));
  await vi.waitFor(() => expect(sent.map(({ type }) => type)).toEqual(['items', 'ended']));
});

test('a follow that is given up while torud is away does not begin', async () => {
  const { requests, sent } = stage();
  await requests.follow(EVENTS);
  requests.unfollow(EVENTS.tag);
  requests.onConnection(client(async () => success('now')));
  await Promise.resolve();
  expect(sent).toEqual([]);
});
