/** Refusals in words for a browser, and texts of plugins that are safe to be shown. */

import { describe, expect, test } from 'vitest';
import type { Problem } from '../../plugins/web/console/api/answer-types.ts';
import { inWords } from '../../plugins/web/console/api/problem-words.ts';
import { withSafeTexts } from '../../plugins/web/console/api/safe-texts.ts';
import { troubleFirst } from '../../plugins/web/console/live/trouble.ts';
import { sentence } from '../../plugins/web/console/parts/sentence.ts';
import { UNKNOWN } from '../../plugins/web/server/gate.ts';
import { connectionError } from '../../src/client/unreachable.ts';
import { type ErrorBody, errorBody, noSuchPlugin } from '../../src/protocol/errors.ts';

const problem = ({ code, message, hint, name }: ErrorBody, status: number): Problem => ({
  status,
  title: '',
  detail: message,
  code,
  ...(hint === undefined ? {} : { hint }),
  ...(name === undefined ? {} : { name }),
});

describe('a refusal in the browser', () => {
  const texts = (told: Problem): string => {
    const { detail, hint = '' } = inWords(told);
    return `${detail} / ${hint}`;
  };

  test('asks whoever is not signed in to sign in, and names no request', () => {
    expect(texts(problem(UNKNOWN.error, 401))).toBe('nobody is signed in here any more / sign in again');
  });

  test.each(['ENOENT', 'ECONNREFUSED', 'EAGAIN'])('says that torud is away, without options (%s)', (code) => {
    const refused = connectionError(Object.assign(new Error('no'), { code }), '/run/toru.sock');
    expect(texts(problem(refused, 503))).toBe(
      'torud does not answer / this page goes on by itself when it is back',
    );
  });

  test('names no command that lists what the console shows', () => {
    expect(texts(problem(noSuchPlugin('x'), 404))).toBe('there is no such plugin / ');
  });

  test('keeps a hint that leads on', () => {
    const refused = errorBody('dependency', 'it needs ghost', { hint: 'install ghost' });
    expect(texts(problem(refused, 409))).toBe('it needs ghost / install ghost');
  });

  test('never capitalises a command', () => {
    expect(sentence('toru list shows all of them')).toBe('toru list shows all of them.');
    expect(sentence('systemctl start toru')).toBe('systemctl start toru.');
    expect(sentence('start it first')).toBe('Start it first.');
  });
});

describe('texts of plugins', () => {
  test('lose marks that turn the direction of writing, wherever they stand', () => {
    const told = { name: 'a\u202eb', list: [{ reason: 'x\u2066y' }], count: 1, none: null };
    expect(withSafeTexts(told)).toEqual({
      name: 'a\\u202eb',
      list: [{ reason: 'x\\u2066y' }],
      count: 1,
      none: null,
    });
    expect(sentence('ends \u202eht')).toBe('Ends \\u202eht.');
  });

  test('stay the same object where nothing is to be made safe', () => {
    const told = { name: 'größer ✓', list: [{ reason: '日本' }] };
    expect(withSafeTexts(told)).toBe(told);
  });
});

test('plugins in trouble come first, the others stay in their order', () => {
  const of = (id: string, state: string, health = 'unknown') =>
    ({ id, state, health }) as Parameters<typeof troubleFirst>[0][number];
  const plugins = [
    of('a', 'running'),
    of('b', 'stopped'),
    of('c', 'running', 'unhealthy'),
    of('d', 'failed'),
    of('e', 'backoff'),
    of('f', 'running'),
  ];
  expect(
    troubleFirst(plugins)
      .map(({ id }) => id)
      .join(''),
  ).toBe('cdeabf');
});
