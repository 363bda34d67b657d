/** Texts and addresses of the browser console. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusalText } from '../../plugins/web/console/pages/sign-in/refusal-text.ts';
import { signInPath, wantedPath } from '../../plugins/web/console/pages/sign-in/wanted-path.ts';
import { sentence } from '../../plugins/web/console/parts/sentence.ts';

/** Where a browser on this origin would go. */
const OWN = 'https://toru.example';
const originOf = (path: string): string => new URL(path, `${OWN}/sign-in`).origin;

describe('where one goes after signing in', () => {
  test('a page that needs it comes back behind the form', () => {
    const path = signInPath('/plugins/crm/logs', 'level=error&x=1');
    expect(path).toBe('/sign-in?next=%2Fplugins%2Fcrm%2Flogs%3Flevel%3Derror%26x%3D1');
    expect(wantedPath(path.split('?')[1] ?? '')).toBe('/plugins/crm/logs?level=error&x=1');
  });

  test('the first page needs no mention', () => {
    expect(signInPath('/', '')).toBe('/sign-in');
    expect(signInPath('/plugins', '')).toBe('/sign-in');
    expect(wantedPath('')).toBe('/plugins');
  });

  test.each([
    '//evil.example/x',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/ /evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/sign-in?next=/x',
    '/api/logout',
    '',
  ])('%j leads to the list of plugins', (next) => {
    expect(wantedPath(`next=${encodeURIComponent(next)}`)).toBe('/plugins');
  });

  test('no text leads to another site', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[/\\.:\t\n a@%?#-]{1,12}$/),
      fc.domain().map((name) => `//${name}`),
    );
    fc.assert(
      fc.property(texts, (next) => {
        expect(originOf(wantedPath(`next=${encodeURIComponent(next)}`))).toBe(OWN);
      }),
    );
  });
});

describe('why somebody is not signed in', () => {
  const problem = { title: '', detail: 'too many failures to sign in', code: 'busy', status: 429 } as const;

  test('a wrong password says neither that the name is right nor that it is wrong', () => {
    expect(refusalText({ ...problem, status: 401, code: 'denied', detail: 'no such user' }, 0)).toBe(
      'That name and password do not fit together.',
    );
  });

  test('too many tries say when the next one is taken', () => {
    expect(refusalText(problem, 75)).toBe('There were too many tries. The next one is taken in 1m 15s.');
    expect(refusalText(problem, 0)).toBe('There were too many tries. Another one is taken now.');
  });

  test('a server that cannot now says why', () => {
    const away = { ...problem, status: 503, code: 'unavailable', detail: 'the disk is full' } as const;
    expect(refusalText(away, 0)).toBe('Signing in does not work now: The disk is full.');
  });
});

test('texts of torud become sentences, and what has an own spelling keeps it', () => {
  expect(sentence('there is no such plugin')).toBe('There is no such plugin.');
  expect(sentence('crm: it would fail')).toBe('crm: it would fail.');
  expect(sentence('a-b is not known')).toBe('a-b is not known.');
  expect(sentence('toru.service failed')).toBe('toru.service failed.');
  expect(sentence('Is that so?')).toBe('Is that so?');
  expect(sentence('')).toBe('');
});
