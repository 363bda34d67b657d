import { expect, test } from 'vitest';
import { SETTING_NAMES, settingKey } from '../../src/daemon/base/config-keys.ts';
import { account, duration, signal, size, umask } from '../../src/daemon/base/config-values.ts';
import type { Result } from '../../src/protocol/result.ts';

/** What each text or number is read as; undefined for what is refused. */
function readAll<Value>(
  read: (value: unknown) => Result<Value, string>,
  values: readonly unknown[],
): unknown[] {
  return values.map((value) => {
    const result = read(value);
    return result.ok ? result.value : undefined;
  });
}

test('a duration is a number of seconds, or text with a unit', () => {
  const read = duration(1000, 0, 100 * 86_400_000);
  expect(readAll(read, [1, 0.25, 0, '500ms', '30s', '1.5s', '5min', '1h', '7d', '2 s'])).toEqual([
    1000, 250, 0, 500, 30_000, 1500, 300_000, 3_600_000, 604_800_000, 2000,
  ]);
  const refused = [
    '',
    '5',
    's',
    '5m',
    '5 minutes',
    '-1s',
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '1e3s',
    '1000d',
    null,
    true,
    [],
    {},
  ];
  expect(readAll(read, refused)).toEqual(refused.map(() => undefined));
});

test('a size is a number of bytes, or text with K, M, G or T', () => {
  const read = size(0);
  expect(readAll(read, [0, 4096, '64K', '10M', '1G', '1T', '1.5K', '12'])).toEqual([
    0, 4096, 65_536, 10_485_760, 1_073_741_824, 1_099_511_627_776, 1536, 12,
  ]);
  const refused = [-1, 1.5, '10MB', '64k', 'M', '', '-1K', null, false, 2 ** 60];
  expect(readAll(read, refused)).toEqual(refused.map(() => undefined));
});

test('signals are taken by name with and without SIG, a umask in octal, accounts by name and number', () => {
  expect(readAll(signal, ['SIGTERM', 'INT', 'sigusr1', 'SIGNOPE', 15, '__proto__'])).toEqual([
    'SIGTERM',
    'SIGINT',
    'SIGUSR1',
    undefined,
    undefined,
    undefined,
  ]);
  expect(readAll(umask, ['022', '0077', '7', 0o027, '888', 512, -1, '0o22'])).toEqual([
    0o022,
    0o077,
    7,
    0o027,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(readAll(account, ['www-data', 33, '33', 'a b', '', -1, 1.5, 'x:y'])).toEqual([
    'www-data',
    '33',
    '33',
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('each duration may also be written with _ms and _seconds', () => {
  let checked = 0;
  for (const name of SETTING_NAMES) {
    const { spellings } = settingKey(name);
    const plain = [...spellings.keys()].find((spelling) => spellings.has(`${spelling}_seconds`));
    if (plain === undefined) continue;
    checked += 1;
    const isList = name === 'restartDelaysMs';
    const read = (spelling: string, value: unknown): unknown =>
      spellings.get(spelling)?.(isList ? [value] : value);
    const expected = { ok: true, value: isList ? [3000] : 3000 };
    const results = [
      read(plain, '3s'),
      read(plain, 3),
      read(`${plain}_ms`, 3000),
      read(`${plain}_seconds`, 3),
    ];
    expect([name, ...results]).toEqual([name, expected, expected, expected, expected]);
  }
  expect(checked).toBe(7);
});

test('every setting is shown under a key by which its own reader takes its built-in value again', () => {
  for (const name of SETTING_NAMES) {
    const key = settingKey(name);
    const spelling = key.shownAs.split('.').at(-1) ?? '';
    const shown = key.show(key.builtIn);
    // A limit that is off is written "none"; user and group cannot be written as null at all.
    if (shown === null && key.section === null) continue;
    expect([name, key.spellings.get(spelling)?.(shown)]).toEqual([name, { ok: true, value: key.builtIn }]);
  }
});
