/** Signing in: hashes, limits, sessions, tokens, with a clock of the test's own. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { Accounts } from '../../plugins/web/login/accounts.ts';
import { ensureFirstAdmin } from '../../plugins/web/login/first-admin.ts';
import { mayTouch, sessionIdentity, tokenIdentity } from '../../plugins/web/login/identity.ts';
import { networkOf } from '../../plugins/web/login/network.ts';
import { Passwords } from '../../plugins/web/login/password.ts';
import { AGE_LIMIT_MS, IDLE_LIMIT_MS } from '../../plugins/web/login/session-table.ts';
import { MAX_FAILURES, signIn, WINDOW_MS } from '../../plugins/web/login/sign-in.ts';

const DAY_MS = 24 * 3600_000;
const HERE = '192.0.2.1';
const PASSWORD = 'correct horse';

let now = 0;
let accounts: Accounts;

beforeEach(async () => {
  now = Date.parse('2026-11-01T00:00:00Z');
  accounts = new Accounts(':memory:', () => now);
  await ensureFirstAdmin(accounts, { name: 'admin', password: PASSWORD });
});

afterEach(() => accounts.close());

async function attempt(name: string, password: string, address = HERE): Promise<string> {
  const signed = await signIn(accounts, { name, password }, address);
  return signed.ok ? 'ok' : signed.failure.error.code;
}

async function fail(count: number, name: string, addressOf: (index: number) => string = () => HERE) {
  for (let index = 0; index < count; index += 1) {
    expect(await attempt(name, 'wrong', addressOf(index))).toBe('denied');
  }
}

test('a hash is Argon2id with a salt of its own, and only its password fits', async () => {
  const passwords = new Passwords();
  const [one, other] = await Promise.all([passwords.hash('a secret'), passwords.hash('a secret')]);
  if (!one.ok || !other.ok) throw new Error('busy');
  expect(one.value).toMatch(/^\$argon2id\$v=19\$m=9216,t=4,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(one.value).not.toBe(other.value);
  expect(await passwords.isRight('a secret', one.value)).toEqual({ ok: true, value: true });
  expect(await passwords.isRight('a secrets', one.value)).toEqual({ ok: true, value: false });
  expect(await passwords.isRight('no password at all', undefined)).toEqual({ ok: true, value: false });
});

test('a password is the same however its letters are composed', async () => {
  const passwords = new Passwords();
  const hash = await passwords.hash('caf\u00e9 au lait');
  expect(hash.ok && (await passwords.isRight('cafe\u0301 au lait', hash.value))).toEqual({
    ok: true,
    value: true,
  });
});

test('more hashes at once than may wait are refused', async () => {
  const passwords = new Passwords();
  const results = await Promise.all(Array.from({ length: 20 }, () => passwords.hash('a secret')));
  expect(results.filter(({ ok }) => !ok)).toHaveLength(4);
});

test('the first admin needs a password, and is made once', async () => {
  const empty = new Accounts(':memory:', () => now);
  for (const password of [undefined, '']) {
    const made = await ensureFirstAdmin(empty, { name: 'admin', password });
    expect(made.ok ? '' : made.failure).toContain('ADMIN_PASSWORD');
  }
  expect((await ensureFirstAdmin(empty, { name: 'admin', password: 'short' })).ok).toBe(false);
  expect((await ensureFirstAdmin(empty, { name: 'a b', password: PASSWORD })).ok).toBe(false);
  expect(empty.users.isEmpty).toBe(true);
  empty.close();
  expect(await ensureFirstAdmin(accounts, { name: 'other', password: undefined })).toEqual({
    ok: true,
    value: undefined,
  });
  expect(accounts.users.all().map(({ name, role }) => [name, role])).toEqual([['admin', 'admin']]);
});

test('a user at one place has few tries, until the window has passed', async () => {
  await fail(MAX_FAILURES.userAndPlace, 'admin');
  expect(await attempt('admin', PASSWORD)).toBe('busy');
  expect(await attempt('admin', PASSWORD, '198.51.100.1')).toBe('ok');
  now += WINDOW_MS;
  expect(await attempt('admin', PASSWORD)).toBe('ok');
});

test('the time to wait is that until the oldest failure is forgotten', async () => {
  await fail(1, 'admin');
  now += 60_000;
  await fail(MAX_FAILURES.userAndPlace - 1, 'admin');
  const signed = await signIn(accounts, { name: 'admin', password: PASSWORD }, HERE);
  expect(signed.ok ? undefined : signed.failure.retryAfterSeconds).toBe((WINDOW_MS - 60_000) / 1000);
});

test('tries at the same time count like tries in a row', async () => {
  const codes = await Promise.all(Array.from({ length: 12 }, () => attempt('admin', 'wrong')));
  expect(codes.filter((code) => code === 'denied')).toHaveLength(MAX_FAILURES.userAndPlace);
});

test('a right password ends the count of a user at a place', async () => {
  for (let round = 0; round < 3; round += 1) {
    await fail(MAX_FAILURES.userAndPlace - 1, 'admin');
    now += 1;
    expect(await attempt('admin', PASSWORD)).toBe('ok');
    now += 1;
  }
});

test('one place has only so many tries over all users', async () => {
  for (let index = 0; index < MAX_FAILURES.place; index += 1)
    expect(await attempt(`u${index}`, 'wrong')).toBe('denied');
  expect(await attempt('someone', 'wrong')).toBe('busy');
  expect(await attempt('admin', PASSWORD)).toBe('busy');
});

test('who signed in from a place before is not locked out there by others', async () => {
  expect(await attempt('admin', PASSWORD)).toBe('ok');
  for (let index = 0; index < MAX_FAILURES.place; index += 1) await attempt(`u${index}`, 'wrong');
  expect(await attempt('admin', PASSWORD)).toBe('ok');
});

test('a user has only so many tries from everywhere', async () => {
  await fail(MAX_FAILURES.user, 'admin', (index) => `198.51.${index}.1`);
  expect(await attempt('admin', PASSWORD, '203.0.113.9')).toBe('busy');
}, 60_000);

test('attempts are kept, with who, from where and what came of it', async () => {
  await attempt('admin\n\u001b[31m', 'wrong', '2001:db8::1');
  await attempt('admin', PASSWORD);
  expect(accounts.attempts.newest(2)).toMatchObject([
    { userName: 'admin', address: HERE, outcome: 'success' },
    { userName: 'admin??[31m', address: '2001:db8::1', outcome: 'failure' },
  ]);
});

test('a place is an IPv4 address or the /64 of an IPv6 one', () => {
  expect(networkOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
  expect(networkOf('2001:db8:1:2::1')).toBe('2001:db8:1:2::/64');
  expect(networkOf('::1')).toBe('0:0:0:0::/64');
  expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
});

test('a session ends when it is idle or old, and its secret is not stored', async () => {
  const user = accounts.users.byName('admin');
  const { secret } = accounts.sessions.begin(user?.id ?? 0, HERE, now);
  expect(sessionIdentity(accounts, secret)).toMatchObject({ name: 'admin', role: 'admin' });
  now += IDLE_LIMIT_MS - 1;
  expect(sessionIdentity(accounts, secret)).toBeDefined();
  for (let used = 0; used < 20; used += 1) {
    now += IDLE_LIMIT_MS - 1;
    if (sessionIdentity(accounts, secret) === undefined) break;
  }
  expect(now).toBeGreaterThanOrEqual(Date.parse('2026-11-01T00:00:00Z') + AGE_LIMIT_MS);
  expect(sessionIdentity(accounts, secret)).toBeUndefined();
  const next = accounts.sessions.begin(user?.id ?? 0, HERE, now);
  now += IDLE_LIMIT_MS;
  expect(sessionIdentity(accounts, next.secret)).toBeUndefined();
  expect(sessionIdentity(accounts, next.secret.slice(0, -1))).toBeUndefined();
});

test('a token ends with its time, its user, and never goes beyond its user', () => {
  const id = accounts.users.add('ci', 'admin', 'x', now) ?? 0;
  const request = {
    userId: id,
    name: 't',
    role: 'admin' as const,
    plugins: ['web-*'],
    expiresAt: now + DAY_MS,
  };
  const { token } = accounts.tokens.add(request, now);
  expect(tokenIdentity(accounts, token)).toMatchObject({ name: 'ci', role: 'admin', plugins: ['web-*'] });
  accounts.users.setRole(id, 'view');
  expect(tokenIdentity(accounts, token)?.role).toBe('view');
  now += DAY_MS;
  expect(tokenIdentity(accounts, token)).toBeUndefined();
  const { token: later } = accounts.tokens.add({ ...request, expiresAt: now + DAY_MS }, now);
  accounts.users.remove(id);
  expect(tokenIdentity(accounts, later)).toBeUndefined();
});

test('patterns of plugins match as a whole', () => {
  const identity = { userId: 1, name: 'x', role: 'view' as const };
  const touches = (pattern: string, id: string) => mayTouch({ ...identity, plugins: [pattern] }, id);
  expect(['a', 'ab', 'xa'].map((id) => touches('a', id))).toEqual([true, false, false]);
  expect(['web-', 'web-a', 'a-web-'].map((id) => touches('web-*', id))).toEqual([true, true, false]);
  expect(['ab', 'axb', 'axbyb', 'a', 'b'].map((id) => touches('a*b', id))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
  expect(touches(`${'*a'.repeat(30)}*`, 'b'.repeat(60))).toBe(false);
  expect(touches('*', 'anything')).toBe(true);
});
