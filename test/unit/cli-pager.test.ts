/** Which pager is run, with what, and when. */

import { expect, test } from 'vitest';
import { isLongerThan, pagerCommand, pagerEnvironment } from '../../src/cli/pager.ts';

test.each([
  [{}, ['less']],
  [{ PAGER: 'more -s' }, ['more', '-s']],
  [{ PAGER: 'more', TORU_PAGER: 'less -S' }, ['less', '-S']],
  [{ PAGER: 'sed s/a/b/ | less' }, ['/bin/sh', '-c', 'sed s/a/b/ | less']],
  [{ PAGER: 'more', TORU_PAGER: '' }, undefined],
  [{ PAGER: ' ' }, undefined],
  [{ TORU_PAGER: 'cat' }, undefined],
  [{ PAGER: 'less', TERM: 'dumb' }, undefined],
])('%j asks for %j', (env, command) => {
  expect(pagerCommand(env)).toEqual(command);
});

test('less gets options unless it has some, and no shell for who came by sudo', () => {
  expect(pagerEnvironment({ A: 'b' })).toEqual({ A: 'b', LESS: 'FRSXMK', LESSCHARSET: 'utf-8' });
  expect(pagerEnvironment({ LESS: '' }).LESS).toBe('');
  expect(pagerEnvironment({ SUDO_UID: '1000' }).LESSSECURE).toBe('1');
  expect(pagerEnvironment({ SUDO_UID: '0' }).LESSSECURE).toBeUndefined();
});

test('a text is longer than the screen when it leaves no line for the prompt; broken lines and colours count', () => {
  expect(isLongerThan('a\n'.repeat(9), 10, 80)).toBe(false);
  expect(isLongerThan('a\n'.repeat(10), 10, 80)).toBe(true);
  expect(isLongerThan(`${'x'.repeat(81)}\n`.repeat(5), 10, 80)).toBe(true);
  expect(isLongerThan(`\x1b[1m${'x'.repeat(80)}\x1b[0m\n`.repeat(9), 10, 80)).toBe(false);
  expect(isLongerThan('', 10, 80)).toBe(false);
});
