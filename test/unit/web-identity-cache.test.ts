/** Who secrets stand for is remembered for a moment, and never longer than it is true. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Accounts } from '../../plugins/web/login/accounts.ts';
import { sessionIdentity, tokenIdentity } from '../../plugins/web/login/identity.ts';
import { IdentityCache } from '../../plugins/web/login/identity-cache.ts';

let folder: string;
let accounts: Accounts;
let now = Date.parse('2026-11-01T00:00:00Z');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toru-web-'));
  accounts = new Accounts(join(folder, 'web.db'), () => now);
});

afterEach(async () => {
  accounts.close();
  await rm(folder, { recursive: true, force: true });
});

function signedIn(): { id: number; secret: string } {
  const id = accounts.users.add('ann', 'admin', 'x', now) ?? 0;
  return { id, secret: accounts.sessions.begin(id, '192.0.2.1', now).secret };
}

test('a session is looked up once in a second', () => {
  let looks = 0;
  const cache = new IdentityCache(() => 1);
  const look = () => {
    looks += 1;
    return { userId: 1, name: 'ann', role: 'view' as const, plugins: ['*'] };
  };
  for (const at of [0, 1, 999, 1_000, 1_001, 500]) cache.find('session x', at, look);
  expect(looks).toBe(3);
});

test('nobody is remembered as nobody', () => {
  const cache = new IdentityCache(() => 1);
  expect(cache.find('session x', 0, () => undefined)).toBe(undefined);
  const ann = { userId: 1, name: 'ann', role: 'view' as const, plugins: ['*'] };
  expect(cache.find('session x', 0, () => ann)).toBe(ann);
});

test('a change of this process counts at once: a role, the end of a session, the end of a user', () => {
  const { id, secret } = signedIn();
  expect(sessionIdentity(accounts, secret)?.role).toBe('admin');
  accounts.users.setRole(id, 'view');
  const identity = sessionIdentity(accounts, secret);
  expect(identity?.role).toBe('view');
  accounts.sessions.end(identity?.session?.hash ?? '');
  expect(sessionIdentity(accounts, secret)).toBe(undefined);
});

test('a change of another process counts within moments', async () => {
  const { id, secret } = signedIn();
  expect(sessionIdentity(accounts, secret)?.name).toBe('ann');
  const other = new Accounts(join(folder, 'web.db'), () => now);
  other.users.remove(id);
  other.close();
  while (sessionIdentity(accounts, secret) !== undefined) await turn();
});

test('a session whose time is over is over, a second later at most', () => {
  const { secret } = signedIn();
  const { expiresAt = 0 } = sessionIdentity(accounts, secret)?.session ?? {};
  now = expiresAt;
  expect(sessionIdentity(accounts, secret)).toBe(undefined);
});

test("a session's secret is no token, however often it was used", () => {
  const { secret } = signedIn();
  expect(sessionIdentity(accounts, secret)?.name).toBe('ann');
  expect(tokenIdentity(accounts, secret)).toBe(undefined);
});
