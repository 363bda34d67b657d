/** torud's command line. */

import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parseCommandLine } from '../../src/daemon/command-line.ts';

it('without options it runs in the foreground, with its own folders', () => {
  expect(parseCommandLine([])).toEqual({
    ok: true,
    value: {
      root: undefined,
      isSystem: false,
      isDetached: false,
      isCheck: false,
      isUpgradeCheck: false,
      isQuiet: false,
      wants: 'run',
    },
  });
});

it('--root is made absolute', () => {
  expect(parseCommandLine(['--root', 'x'])).toMatchObject({ value: { root: resolve('x') } });
});

it.each([
  ['--detach', { isDetached: true }],
  ['--check', { isCheck: true }],
  ['--system', { isSystem: true }],
  ['-q', { isQuiet: true }],
  ['--help', { wants: 'help' }],
  ['-h', { wants: 'help' }],
  ['--version', { wants: 'version' }],
  ['-V', { wants: 'version' }],
])('%s is understood', (option, expected) => {
  expect(parseCommandLine([option])).toMatchObject({ ok: true, value: expected });
});

it.each([[['--rot']], [['--root']], [['--root', '']], [['extra']], [['--detach=yes']]])(
  '%j is refused with one line',
  (args) => {
    const parsed = parseCommandLine(args);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.failure).toMatch(/^[^\n]+$/);
  },
);
