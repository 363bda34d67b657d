/** Whether torud is there: away, silent, back, as the header is told of it. The clock stands still. */

import { expect, test } from 'vitest';
import type { FollowClient } from '../../src/cli/follow.ts';
import { connectionNews } from '../../src/cli/tui/connection-text.ts';
import type { Connection } from '../../src/cli/tui/model.ts';
import { Presence } from '../../src/cli/tui/presence.ts';
import { success } from '../../src/protocol/result.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

function client(daemon = 'torud/1.0.0'): FollowClient {
  const welcome = { protocol: 1, daemon, instanceId: 'i', capabilities: [], role: 'admin' as const };
  return { welcome: async () => success(welcome) } as unknown as FollowClient;
}

function stage() {
  const clock = new VirtualClock();
  const told: { readonly connection: Connection; readonly hasClient: boolean }[] = [];
  const presence = new Presence({
    clock,
    tell: (connection, of) => void told.push({ connection, hasClient: of !== undefined }),
  });
  return {
    clock,
    presence,
    told,
    last: () => told.at(-1)?.connection,
    /** What the header says now. */
    says: () => connectionNews(told.at(-1)?.connection ?? { kind: 'connecting' }, clock.monotonic())?.text,
    /** Seconds in which torud says something. */
    async pass(seconds: number): Promise<void> {
      for (let second = 0; second < seconds; second += 1) {
        await clock.advance(1_000);
        presence.onHeard();
      }
    },
  };
}

test('says nothing of a torud that was there from the beginning', async () => {
  const { presence, says, pass, told } = stage();
  await presence.onConnection(client());
  expect(says()).toBeUndefined();
  await pass(60);
  expect(told).toHaveLength(1);
});

test('says since when torud is away, in whole seconds, and for how long it was when it is back', async () => {
  const { presence, says, clock, pass, told } = stage();
  await presence.onConnection(client());
  await presence.onConnection(undefined);
  expect(says()).toBe('torud is away since 0 s');
  await clock.advance(3_400);
  expect(says()).toBe('torud is away since 3 s');
  expect(told.at(-1)?.hasClient).toBe(false);
  await presence.onConnection(client());
  expect(says()).toBe('torud is back; it was away for 3.4 s');
  await pass(10);
  expect(says()).toBeUndefined();
});

test('names the version that torud was replaced by', async () => {
  const { presence, says, clock } = stage();
  await presence.onConnection(client('torud/1.0.0'));
  await presence.onConnection(undefined);
  await clock.advance(200);
  await presence.onConnection(client('torud/1.1.0'));
  expect(says()).toBe('torud is back as 1.1.0, was 1.0.0; it was away for 200 ms');
});

test('notices after some seconds that torud does not answer, and when it does again', async () => {
  const { presence, says, clock, pass, told } = stage();
  await presence.onConnection(client());
  await pass(5);
  for (let second = 0; second < 4; second += 1) await clock.advance(1_000);
  expect(says()).toBe('torud does not answer since 4 s');
  for (let second = 0; second < 6; second += 1) await clock.advance(1_000);
  expect(says()).toBe('torud does not answer since 10 s');
  presence.onHeard();
  expect(says()).toBe('torud answers again; it was silent for 10 s');
  expect(told.at(-1)?.hasClient).toBe(true);
  await pass(10);
  expect(says()).toBeUndefined();
});

test('does not blame torud for the time in which this process itself was stopped', async () => {
  let nowMs = 0;
  let due: (() => void) | undefined;
  const told: Connection[] = [];
  const clock = {
    monotonic: () => nowMs,
    setTimer(callback: () => void) {
      due = callback;
      return { cancel: () => undefined };
    },
  };
  const presence = new Presence({ clock, tell: (connection) => void told.push(connection) });
  await presence.onConnection(client());
  // After a stop the timer is called first, and what has come meanwhile is read after it.
  nowMs = 3_600_000;
  due?.();
  presence.onHeard();
  expect(told.map(({ kind }) => kind)).toEqual(['connected']);
});

test('counts a silence that ends in a death from its beginning', async () => {
  const { presence, says, clock } = stage();
  await presence.onConnection(client());
  for (let second = 0; second < 5; second += 1) await clock.advance(1_000);
  expect(says()).toMatch(/does not answer/);
  await presence.onConnection(undefined);
  expect(says()).toBe('torud is away since 5 s');
});

test('says nothing more once it has ended', async () => {
  const { presence, clock, told } = stage();
  await presence.onConnection(client());
  presence.end();
  for (let second = 0; second < 20; second += 1) await clock.advance(1_000);
  expect(told).toHaveLength(1);
});
