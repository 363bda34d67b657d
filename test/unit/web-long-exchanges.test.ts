/** Exchanges with plugins that last. */

import { expect, test } from 'vitest';
import { Accounts } from '../../plugins/web/login/accounts.ts';
import { LongExchanges } from '../../plugins/web/server/long-exchanges.ts';

test('an exchange ends when somebody may have it no more, also where another process has changed that', async () => {
  let mayGoOn = true;
  const exchanges = new LongExchanges(() => () => undefined, 1);
  const ended = new Promise<void>((resolve) => {
    exchanges.add({ mayGoOn: () => mayGoOn, end: resolve });
  });
  mayGoOn = false;
  await ended;
  exchanges.close();
});

test('each change that takes something from a user has exchanges looked at, when it is done', async () => {
  const accounts = new Accounts(':memory:');
  const id = accounts.users.add('ann', 'operate', 'hash', 0) ?? 0;
  const token = accounts.tokens.add(
    { userId: id, name: 't', role: 'view', plugins: ['*'], expiresAt: 9e15 },
    0,
  );
  const changes: readonly (() => void)[] = [
    () => accounts.sessions.end('hash'),
    () => accounts.sessions.endAllOf(id),
    () => accounts.tokens.remove(token.id),
    () => accounts.tokens.removeAllOf(id),
    () => accounts.users.setRole(id, 'view'),
    () => accounts.users.setPassword(id, 'other', 0),
    () => accounts.users.remove(id),
  ];
  for (const change of changes) {
    await new Promise<void>((resolve) => {
      const exchanges = new LongExchanges((onRevoked) => accounts.revocations.watch(onRevoked));
      exchanges.add({
        mayGoOn: () => {
          exchanges.close();
          resolve();
          return true;
        },
        end: () => undefined,
      });
      accounts.transaction(change);
    });
  }
  expect(accounts.users.isEmpty).toBe(true);
  accounts.close();
});
