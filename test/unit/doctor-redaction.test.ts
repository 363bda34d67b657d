/** No secret gets into a bundle, in whichever form it was written down. */

import { execFileSync } from 'node:child_process';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseToml } from '../../src/daemon/base/toml-document.ts';
import { Redactor } from '../../src/doctor/archive/redactor.ts';
import { isSecretName } from '../../src/doctor/archive/secret-names.ts';
import { tarOf } from '../../src/doctor/archive/tar.ts';

const SECRET = 'hunter2-X9!q';
const BODY = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj';

describe('names', () => {
  test.each([
    ...[
      'password',
      'DB_PASSWORD',
      'dbPassword',
      'passwd',
      'PGPASS',
      'api_key',
      'apiKey',
      'APIKEY',
      'sshkey',
      'x-auth-token',
    ],
    ...[
      'client.secret',
      'aws_secret_access_key',
      'Authorization',
      'Set-Cookie',
      'SENTRY_DSN',
      'private_key',
      'credentials',
      'auth',
    ],
  ])('%s is secret', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  test.each([
    'author',
    'path',
    'version',
    'policy',
    'max_size',
    'plugin',
    'PATH',
    'HOME',
    'port',
    'keep',
    'digest',
  ])('%s is not', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

describe('in text', () => {
  test.each([
    ['TOML', `[env]\nDB_PASSWORD = "${SECRET}"\n`],
    ['TOML with single quotes', `password = '${SECRET}'`],
    ['TOML over several lines', `private_key = """\nfirst\n${SECRET}\n"""\nport = 1`],
    ['a TOML array', `tokens = [\n  "a",\n  "${SECRET}",\n]`],
    ['an inline table', `auth = { user = "joe", word = "${SECRET}" }`],
    ['the shell', `export API_TOKEN=${SECRET} && run`],
    ['a flag', `mysqld --password ${SECRET} --port 1`],
    ['a flag with =', `mysqld --db-password=${SECRET}`],
    ['a flag in an array', `command = ["mysqld", "--password", "${SECRET}"]`],
    ['JSON', `{"password":"${SECRET}","port":1}`],
    ['JSON within JSON', JSON.stringify({ body: JSON.stringify({ password: SECRET }) })],
    ['a URL', `postgres://joe:${encodeURIComponent(SECRET)}@db:5432/x`],
    ['a URL with a token alone', `https://${'ghp_'}abcdefghijklmnop1234@host/x`],
    ['a query', `GET /x?access_token=${SECRET}&page=2`],
    ['a header', `Authorization: Bearer ${SECRET}`],
    ['another header', `Cookie: a=b; sid=${SECRET}; c=d`],
    ['a connection string', `Server=db;User=joe;Password=${SECRET};Port=1`],
    ['a sentence', `the password is ${SECRET}`],
    ['an object of JavaScript', `{ password: '${SECRET}', port: 1 }`],
    ['an array with a bracket in a comment', `password = [ "a", # ] comment\n "${SECRET}" ]`],
    ['-p of mysql', `mysql -uroot -p${SECRET} db`],
    ['-p by itself', `command = ["db", "-p", "${SECRET}"]`],
    ['curl', `curl -sS -u admin:${SECRET} http://host/`],
    ['sshpass', `sshpass -p ${SECRET} ssh host`],
    ['redis-cli', `redis-cli -h db -a ${SECRET} ping`],
    ['another sentence', `logged in with password ${SECRET}`],
    ['netrc', `machine host login joe password ${SECRET}`],
    ['XML', `<db><password>${SECRET}</password></db>`],
    ['a phrase', `pass phrase: ${SECRET}`],
    ['a short name', `STRIPE_SK=${SECRET}`],
    ['a hook', `POST https://hooks.slack.com/services/T0/B0/${SECRET}`],
    ['the next line', `password:\n  ${SECRET}`],
  ])('%s', (_form, text) => {
    const { text: left, count } = new Redactor().text(text);
    expect(left).not.toContain(SECRET);
    expect(left).not.toContain(encodeURIComponent(SECRET));
    expect(left).not.toContain('ghp_');
    expect(count).toBeGreaterThan(0);
  });

  test('tokens of well-known forms go without a name beside them', () => {
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P';
    const tokens = [
      'ghp_0123456789abcdefABCDEF',
      'AKIAIOSFODNN7EXAMPLE',
      'xoxb-1234-5678-abcdef',
      'glpat-abcdefghij0123456789',
      jwt,
    ];
    const { text } = new Redactor().text(tokens.map((token) => `got ${token} back`).join('\n'));
    for (const token of tokens) expect(text).not.toContain(token);
  });

  test('a key in PEM goes whole, also when its head or its end is cut off', () => {
    const whole = `-----BEGIN PRIVATE KEY-----\n${BODY}\nabc=\n-----END PRIVATE KEY-----\nafter`;
    expect(new Redactor().text(whole).text).toBe('[removed]\nafter');
    expect(new Redactor().text(`${BODY}\n-----END PRIVATE KEY-----`).text).not.toContain(BODY);
    expect(new Redactor().text(`-----BEGIN RSA PRIVATE KEY-----\n${BODY}\nabc`).text).not.toContain('abc');
  });

  test('a word in quotes stays one, with the comma behind it', () => {
    const text = `command = ["./run.sh", "--token=${SECRET}", "-v"]`;
    expect(new Redactor().text(text).text).toBe('command = ["./run.sh", "--token=[removed]", "-v"]');
  });

  test('what is no secret stays as it is', () => {
    const text =
      '[daemon]\nlog_level = "info"\n# see https://example.org/a?b=c\ncommand = ["web", "--port", "80"]\nlimit = 5\n';
    expect(new Redactor().text(text)).toEqual({ text, count: 0 });
  });
});

describe('in settings', () => {
  const toml = [
    'command = ["./run.sh", "--token=Zq40-a", "-p", "Zq41", "-v"]',
    '[environment]',
    'LEVEL = "info"',
    'HOLIDAY = "Zq42"',
    '[config.credentials]',
    'value = "Zq43"',
    'list = [ "Zq44", # ] comment',
    ' "Zq45" ]',
    '[defaults.config]',
    'deep = { port = 8080, word = "Zq46" }',
    '[restart]',
    'limit = 7',
  ].join('\n');

  test('the values of environment and config go, their keys stay, and it is TOML still', () => {
    const { text, count } = new Redactor().toml(toml);
    const parsed = parseToml(text, 'x', 'x');
    expect(parsed.ok && parsed.value.values).toEqual({
      command: ['./run.sh', '--token=[removed]', '-p', '[removed]', '-v'],
      environment: { LEVEL: '[removed]', HOLIDAY: '[removed]' },
      config: { credentials: { value: '[removed]', list: ['[removed]', '[removed]'] } },
      defaults: { config: { deep: { port: '[removed]', word: '[removed]' } } },
      restart: { limit: 7 },
    });
    expect(count).toBe(9);
  });

  test('and so they do from a file that cannot be parsed', () => {
    const { text } = new Redactor().toml(`${toml}\nlimit = = 8`);
    expect(text).not.toMatch(/Zq4\d/);
    expect(text).toContain('HOLIDAY =');
    expect(text).toContain('limit = 7');
  });

  test('they go from everywhere else as well, and JSON stays JSON', () => {
    const redactor = new Redactor();
    const log = redactor.lines(
      JSON.stringify({ level: 'info', message: 'holiday Zq42, :8080, 18080', port: 8080, seq: 18080 }),
    );
    redactor.toml(toml);
    expect(JSON.parse(redactor.again(log).text)).toEqual({
      level: 'info',
      message: 'holiday [removed], :[removed], 18080',
      port: '[removed]',
      seq: 18080,
    });
  });

  test('those of a manifest too', () => {
    const manifest = { id: 'web', environment: { HOLIDAY: 'Zq42' }, config: { a: ['Zq43'] } };
    expect(JSON.parse(new Redactor().json(JSON.stringify(manifest)).text)).toEqual({
      id: 'web',
      environment: { HOLIDAY: '[removed]' },
      config: { a: ['[removed]'] },
    });
  });
});

describe('in log lines', () => {
  const line = (message: string): string =>
    JSON.stringify({ timestamp: 'T', level: 'info', plugin: 'web', message, seq: 1 });

  test('the envelope stays, and a key over several lines goes', () => {
    const lines = [
      'start',
      '-----BEGIN EC PRIVATE KEY-----',
      'MHcCAQEE',
      'shortline',
      '-----END EC PRIVATE KEY-----',
      `token=${SECRET}`,
    ];
    const { text } = new Redactor().lines(lines.map(line).join('\n'));
    const messages = text.split('\n').map((one) => (JSON.parse(one) as { message: string }).message);
    expect(messages).toEqual([
      'start',
      '[removed]',
      '[removed]',
      '[removed]',
      '[removed]',
      'token=[removed]',
    ]);
  });

  test('a value on the line behind its name goes', () => {
    const { text } = new Redactor().lines(['Password:', '', SECRET, 'after'].map(line).join('\n'));
    expect(text).not.toContain(SECRET);
    expect(text).toContain('after');
  });

  test('a password behind the short flag of a client goes from a list of words', () => {
    const { text } = new Redactor().value([
      { command: ['/usr/bin/mysql', '-uroot', `-p${SECRET}`] },
      { command: ['curl', '-u', `admin:${SECRET}`] },
      { command: ['redis-cli', '-a', SECRET] },
    ]);
    expect(text).not.toContain(SECRET);
  });

  test('a key over several lines of a capsule goes as well', () => {
    const lines = ['-----BEGIN EC PRIVATE KEY-----', 'MHcCAQEE', '-----END EC PRIVATE KEY-----', 'after'];
    const { text } = new Redactor().value({
      lastLines: lines.map((message) => ({ time: 'T', message })),
      plain: lines,
    });
    expect(text).not.toContain('MHcCAQEE');
    expect(JSON.parse(text)).toMatchObject({ plain: ['[removed]', '[removed]', '[removed]', 'after'] });
  });

  test('lines that are no JSON are looked at as well', () => {
    const { text } = new Redactor().lines(`password: ${SECRET}\n{"torn":"password=${SECRET}`);
    expect(text).not.toContain(SECRET);
  });
});

describe('in data', () => {
  test('settings with their names beside them, and words behind a flag', () => {
    const { text } = new Redactor().value({
      settings: [{ key: 'env.DB_PASSWORD', value: SECRET, source: 'plugins.d/db.toml' }],
      command: ['db', '--password', SECRET],
      changed: [{ key: 'env.TOKEN', before: SECRET, after: `${SECRET}2` }],
      nested: { auth: { word: SECRET } },
      port: { key: 'env.PORT', value: '80', source: 'manifest' },
    });
    expect(text).not.toContain(SECRET);
    expect(JSON.parse(text)).toMatchObject({
      port: { value: '80' },
      settings: [{ source: 'plugins.d/db.toml' }],
    });
  });

  test('what was secret in one file is removed from the others, in every form', () => {
    const redactor = new Redactor();
    const log = redactor.lines(
      `connected with ${SECRET}\n${encodeURIComponent(SECRET)} ${Buffer.from(SECRET).toString('base64')}`,
    );
    redactor.text(`DB_PASSWORD = "${SECRET}"`);
    const { text, count } = redactor.again(log);
    expect(text).toBe('connected with [removed]\n[removed] [removed]');
    expect(count).toBe(3);
  });
});

test('no secret survives, whatever it is made of', () => {
  const secrets = fc
    .string({ unit: 'grapheme-ascii', minLength: 6, maxLength: 40 })
    .filter((one) => /[a-z][0-9]/i.test(one) && !/^[\s]|[\s]$/.test(one));
  const run = fc.check(
    fc.property(secrets, (secret) => {
      const redactor = new Redactor();
      const parts = [
        redactor.lines(JSON.stringify({ message: `refused: ${secret}` })),
        redactor.value({ env: { DB_PASSWORD: secret }, text: [`x ${secret} y`] }),
      ];
      return parts.every((part) => !redactor.again(part).text.includes(JSON.stringify(secret).slice(1, -1)));
    }),
    { numRuns: 500 },
  );
  expect(run.failed, fc.defaultReportMessage(run) ?? `seed ${run.seed}`).toBe(false);
});

test('the archive is one that tar(1) reads, with the bytes that were given', () => {
  const bytes = Buffer.from(Array.from({ length: 1500 }, (_, at) => at % 251));
  const archive = gzipSync(
    tarOf(
      [
        { name: 'a/empty', bytes: Buffer.alloc(0) },
        { name: 'a/full', bytes },
        { name: 'a/block', bytes: Buffer.alloc(512, 7) },
      ],
      1_700_000_000,
    ),
  );
  expect(execFileSync('tar', ['-tzf', '-'], { input: archive, encoding: 'utf8' })).toBe(
    'a/empty\na/full\na/block\n',
  );
  expect(execFileSync('tar', ['-xzOf', '-', 'a/full'], { input: archive }).equals(bytes)).toBe(true);
  expect(gunzipSync(archive).length % 512).toBe(0);
  expect(() => tarOf([{ name: 'x'.repeat(101), bytes }], 0)).toThrow(RangeError);
});

test('text that was made to be slow to look through is not', () => {
  const size = 128 * 1024;
  const hostile = [
    'a'.repeat(size),
    'a.'.repeat(size / 2),
    '\\'.repeat(size),
    '-a'.repeat(size / 2),
    'token="'.repeat(size / 7),
    'http://'.repeat(size / 7),
    'eyJ-'.repeat(size / 4),
    '-----BEGIN A-----\n'.repeat(size / 18),
    'mysql '.repeat(size / 6),
    '<a '.repeat(size / 3),
    '<a>'.repeat(size / 3),
    '-u a'.repeat(size / 4),
    'password '.repeat(size / 9),
    `"${'token="'.repeat(size / 7)}`,
    'http://a.'.repeat(size / 9),
    ' '.repeat(size),
  ];
  const startedAt = performance.now();
  for (const text of hostile) new Redactor().lines(text);
  const redactor = new Redactor();
  const tokens = Array.from({ length: 20_000 }, (_, at) => `GET /?token=value-${at}-x`).join('\n');
  redactor.again(redactor.lines(tokens));
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
