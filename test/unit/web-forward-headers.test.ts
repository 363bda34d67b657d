/** The lists of fields: what a plugin gets, what a client gets. */

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ForwardedUsers } from '../../plugins/sdk/forwarded-user.ts';
import { answerFields, trailerFields } from '../../plugins/web/forward/answer-headers.ts';
import { ByteBudget } from '../../plugins/web/forward/byte-budget.ts';
import type { ForwardContext, ForwardTarget } from '../../plugins/web/forward/contract.ts';
import { setsCookie, withoutCookies } from '../../plugins/web/forward/cookies.ts';
import {
  HOP_BY_HOP,
  NEVER_IN_ANSWERS,
  NEVER_IN_TRAILERS,
  REPLACED_IN_REQUESTS,
} from '../../plugins/web/forward/header-names.ts';
import { requestFields } from '../../plugins/web/forward/request-headers.ts';
import { UserSigner } from '../../plugins/web/forward/user-fields.ts';
import { UserKeys } from '../../plugins/web/forward/user-keys.ts';
import { MAX_SIGNATURE_AGE_MS, USER_KEY_NAME } from '../../src/protocol/plugin/forwarded-user.ts';
import { success } from '../../src/protocol/result.ts';

const TARGET: ForwardTarget = {
  id: 'weather',
  runId: 1,
  socket: '/s',
  httpSocket: null,
  path: '/weather/today?a=1',
  prefix: '/p/weather',
};
const CONTEXT: ForwardContext = {
  user: undefined,
  remote: { address: '192.0.2.7', chain: [], protocol: 'https', host: 'toru.example:3000' },
  hidesAuthorization: false,
};

const fieldsOf = (headers: Record<string, string | string[]>, context: Partial<ForwardContext> = {}) =>
  requestFields(headers, '1.1', TARGET, { ...CONTEXT, ...context }, ['toru_session']);

describe('a request', () => {
  it('tells the plugin of the client what the server knows', () => {
    expect(fieldsOf({ host: 'lie.example' })).toEqual({
      host: 'toru.example:3000',
      via: '1.1 toru',
      'x-forwarded-for': '192.0.2.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'toru.example:3000',
      'x-forwarded-prefix': '/p/weather',
    });
  });

  it('adds the peer to what trusted proxies said', () => {
    const remote = { ...CONTEXT.remote, chain: ['203.0.113.5', '198.51.100.1'] };
    expect(fieldsOf({ via: '1.0 outer' }, { remote })).toMatchObject({
      'x-forwarded-for': '203.0.113.5, 198.51.100.1, 192.0.2.7',
      via: '1.0 outer, 1.1 toru',
    });
  });

  it.each([...HOP_BY_HOP, 'expect', 'trailer', 'x-toru-user', 'x-toru-anything', ':path'])(
    'loses %s on the way',
    (name) => {
      expect(fieldsOf({ [name]: 'x' })).not.toHaveProperty([name]);
    },
  );

  it.each([...REPLACED_IN_REQUESTS, 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-anything'])(
    'never hands over what the client claims in %s',
    (name) => {
      expect(Object.values(fieldsOf({ [name]: 'claimed.by.client' })).join()).not.toContain('claimed');
    },
  );

  it.each([
    'x_toru_user',
    'X_Toru_Role'.toLowerCase(),
    'x.toru-user',
    'x_forwarded_for',
    'x_real_ip',
    'transfer_encoding',
  ])('never hands over what CGI would read as one of ours: %s', (name) => {
    expect(fieldsOf({ [name]: 'root', x_own: '1' })).not.toHaveProperty([name]);
    expect(fieldsOf({ x_own: '1', 'x.y': '2' })).toMatchObject({ x_own: '1', 'x.y': '2' });
  });

  it('loses what its Connection field names, and keeps the rest', () => {
    const fields = fieldsOf({
      connection: 'close, X-Secret ,x-other',
      'x-secret': '1',
      'x-other': '2',
      'x-kept': '3',
    });
    expect(fields).toMatchObject({ 'x-kept': '3' });
    expect(Object.keys(fields)).not.toEqual(expect.arrayContaining(['x-secret']));
    expect(Object.keys(fields)).not.toEqual(expect.arrayContaining(['x-other']));
  });

  it('keeps Authorization unless it is a token of toru', () => {
    expect(fieldsOf({ authorization: 'Basic x' })).toMatchObject({ authorization: 'Basic x' });
    expect(fieldsOf({ authorization: 'Bearer t' }, { hidesAuthorization: true })).not.toHaveProperty(
      'authorization',
    );
  });

  it.each([
    ['toru_session=x', undefined],
    ['a=1; toru_session=x; b=2', 'a=1; b=2'],
    ['a=1;toru_session=x;toru_session=y', 'a=1'],
    [' toru_session =x; a=1', 'a=1'],
    ['toru_session', undefined],
    ['xtoru_session=1; a=toru_session', 'xtoru_session=1; a=toru_session'],
    ['a=1', 'a=1'],
  ])("has of the cookies %j what is not toru's: %j", (field, kept) => {
    expect(withoutCookies(field, ['toru_session'])).toBe(kept);
  });
});

describe('an answer', () => {
  it.each([...HOP_BY_HOP])('loses %s on the way', (name) => {
    expect(answerFields({ [name]: 'x' }, [])).toEqual(success({}));
  });

  it.each([
    'Service-Worker-Allowed',
    'Clear-Site-Data',
    'Strict-Transport-Security',
    'Alt-Svc',
    'NEL',
    'Report-To',
  ])('cannot speak for the origin of the console by %s, which would outlive the plugin', (name) => {
    expect(answerFields({ [name]: '/', 'x-a': '1' }, [])).toEqual(success({ 'x-a': '1' }));
    expect(trailerFields({ [name]: '/' })).toEqual({});
  });

  it('loses what its Connection field names', () => {
    expect(answerFields({ Connection: 'X-A', 'x-a': '1', 'X-B': '2' }, [])).toEqual(success({ 'x-b': '2' }));
  });

  it.each([
    { 'bad name': '1' },
    { 'x-a': 'line\r\nset-cookie: a=1' },
    { 'x-a': 'nul\0' },
    { 'x-a': { b: 1 } },
    { 'x-a': [1] },
    { 'x-a': null },
    Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x-${index}`, ''])),
  ])('is none with fields such as %j', (headers) => {
    expect(answerFields(headers, []).ok).toBe(false);
  });

  it.each([
    'toru_session=1',
    ' toru_session =1; Path=/',
    'toru_session',
    'toru_session=;',
    '=toru_session=1',
    ' = toru_session=1',
  ])('cannot set %j', (field) => {
    expect(setsCookie(field, ['toru_session'])).toBe(true);
    expect(answerFields({ 'set-cookie': [field, 'a=1'] }, ['toru_session'])).toEqual(
      success({ 'set-cookie': 'a=1' }),
    );
  });

  it('has no trailer that somebody would have acted on before', () => {
    const trailers = Object.fromEntries(
      [...NEVER_IN_TRAILERS, ...NEVER_IN_ANSWERS, ...HOP_BY_HOP].map((name) => [name, '1']),
    );
    expect(trailerFields({ ...trailers, 'X-Sum': '1', 'bad name': '1' })).toEqual({ 'x-sum': '1' });
  });
});

describe('the signed-in user', () => {
  const key = Buffer.alloc(32, 7);
  const store = { get: () => Promise.resolve(success({ value: key.toString('base64url'), version: 1 })) };

  function signed(nowMs = Date.now()): Record<string, string | string[]> {
    const fields = {};
    new UserSigner('weather', key).sign(fields, { name: 'Jörg\n', role: 'operate' }, 'GET', '/a?b', nowMs);
    return fields;
  }

  const userOf = (headers: Record<string, string | string[]>, more: object = {}, plugin = 'weather') =>
    new ForwardedUsers(store, () => plugin).of({ method: 'GET', target: '/a?b', headers, ...more });

  it('is believed when the signature fits', async () => {
    expect(await userOf(signed())).toEqual({ name: 'Jörg\n', role: 'operate' });
  });

  it.each([
    ['another user', { 'x-toru-user': 'root' }],
    ['another role', { 'x-toru-role': 'admin' }],
    ['a role that is none', { 'x-toru-role': 'god' }],
    ['another time', { 'x-toru-time': String(Date.now() + 1) }],
    ['no signature', { 'x-toru-signature': '' }],
    ['a signature twice', { 'x-toru-signature': ['a', 'b'] }],
  ])('is not believed with %s', async (_, change) => {
    expect(await userOf({ ...signed(), ...change })).toBe(undefined);
  });

  it('is not believed for another method, path or plugin', async () => {
    expect(await userOf(signed(), { method: 'POST' })).toBe(undefined);
    expect(await userOf(signed(), { target: '/a?c' })).toBe(undefined);
    expect(await userOf(signed(), {}, 'other')).toBe(undefined);
  });

  it.each([-MAX_SIGNATURE_AGE_MS - 1_000, MAX_SIGNATURE_AGE_MS + 1_000])(
    'is not believed %i ms from now',
    async (ms) => {
      expect(await userOf(signed(Date.now() + ms))).toBe(undefined);
    },
  );

  it('is signed with a key of each plugin, handed over once, and again after it was refused', async () => {
    const given: string[] = [];
    let isRefusing = true;
    const keys = new UserKeys(Buffer.alloc(32, 1), (plugin, text) => {
      given.push(`${plugin} ${text}`);
      return Promise.resolve(!isRefusing);
    });
    expect(await keys.keyOf('a')).toBe(undefined);
    keys.forget('a');
    isRefusing = false;
    const [a, again, b] = await Promise.all([keys.keyOf('a'), keys.keyOf('a'), keys.keyOf('b')]);
    expect(a).toEqual(again);
    expect(a).not.toEqual(b);
    const expected = createHmac('sha256', Buffer.alloc(32, 1)).update('toru-user-key\na').digest('base64url');
    expect(given.filter((one) => one === `a ${expected}`)).toHaveLength(2);
    expect(USER_KEY_NAME.startsWith('toru.')).toBe(true);
  });
});

describe('the budget', () => {
  it('gives what there is, and takes it back', () => {
    const budget = new ByteBudget(100);
    const [one, other] = [budget.share(), budget.share()];
    expect([one.add(60), other.add(60), other.add(40)]).toEqual([true, false, true]);
    one.release();
    one.release();
    expect([budget.heldBytes, other.add(60), one.add(1)]).toEqual([40, true, false]);
  });

  it('cuts the oldest that may be cut when others need room', () => {
    const budget = new ByteBudget(100);
    const cut: string[] = [];
    budget.share().add(20);
    for (const name of ['old', 'new']) budget.share(() => cut.push(name)).add(40);
    expect(budget.share().add(30)).toBe(true);
    expect(cut).toEqual(['old']);
    expect([budget.share().add(101), budget.heldBytes]).toEqual([false, 90]);
  });
});
