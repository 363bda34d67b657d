/** Colours and signs by what the environment says of the terminal. Pure. */

import { describe, expect, test } from 'vitest';
import { line, type Role, span } from '../../src/cli/tui/frame.ts';
import { ASCII, lookOf, paintLine, STATE_LETTERS, UNICODE } from '../../src/cli/tui/look.ts';
import { PLUGIN_STATES } from '../../src/protocol/plugin-state.ts';

const UTF8 = { LANG: 'de_DE.UTF-8' };

describe('colours', () => {
  test.each([
    [{ TERM: 'xterm' }, '16'],
    [{ TERM: 'screen' }, '16'],
    [{ TERM: 'linux' }, '16'],
    [{ TERM: 'linux', COLORTERM: 'truecolor' }, '16'],
    [{ TERM: 'screen', COLORTERM: 'truecolor' }, '16'],
    [{ TERM: 'screen-256color', COLORTERM: 'truecolor' }, '256'],
    [{ TERM: 'screen-256color', COLORTERM: 'truecolor', TMUX: '/tmp/tmux-0/default,1,0' }, 'true'],
    [{ TERM: 'tmux-256color' }, '256'],
    [{ TERM: 'xterm-256color' }, '256'],
    [{ TERM: 'xterm-256color', COLORTERM: '24bit' }, 'true'],
    [{ TERM: 'xterm-direct' }, 'true'],
    [{ TERM: 'vt100' }, 'none'],
    [{ TERM: 'xterm-mono' }, 'none'],
    [{ TERM: 'xterm-256color', NO_COLOR: '1' }, 'none'],
    [{ TERM: 'xterm-256color', NO_COLOR: '' }, '256'],
    [{}, '16'],
  ] as const)('%j: %s', (env, depth) => {
    expect(lookOf(env, 'auto').colours).toBe(depth);
  });

  test('are as --color says, whatever the environment says', () => {
    expect(lookOf({ TERM: 'xterm-256color' }, 'never').colours).toBe('none');
    expect(lookOf({ TERM: 'xterm-256color', NO_COLOR: '1' }, 'always').colours).toBe('256');
  });
});

describe('signs', () => {
  test.each([
    [{ ...UTF8, TERM: 'xterm' }, UNICODE],
    [{ LANG: 'C.utf8', TERM: 'xterm' }, UNICODE],
    [{ LANG: 'C', TERM: 'xterm' }, ASCII],
    [{ TERM: 'xterm' }, ASCII],
    [{ ...UTF8, LC_ALL: 'C', TERM: 'xterm' }, ASCII],
    [{ ...UTF8, LC_CTYPE: 'de_DE.ISO-8859-1', TERM: 'xterm' }, ASCII],
    [{ ...UTF8, TERM: 'linux' }, ASCII],
    [{ ...UTF8, TERM: 'vt220' }, ASCII],
  ] as const)('%j', (env, signs) => {
    expect(lookOf(env, 'auto').signs).toBe(signs);
  });

  test('of ASCII are ASCII, and those of one cell take one', () => {
    const { bars, box, ...others } = ASCII;
    for (const sign of [...bars, ...box, ...Object.values(others)])
      expect(sign).toMatch(/^[\x20-\x7e]{1,2}$/);
    for (const sign of [...bars, ...box]) expect(sign).toHaveLength(1);
  });

  test('each state has a letter of its own', () => {
    expect(new Set(PLUGIN_STATES.map((state) => STATE_LETTERS[state])).size).toBe(PLUGIN_STATES.length);
  });
});

describe('a painted line', () => {
  const look = { colours: '256', signs: UNICODE } as const;

  test('ends every colour that it began', () => {
    const roles: readonly Role[] = ['good', 'bad', 'dim', 'selected', 'match', 'plain', 'strong'];
    const painted = paintLine(line(...roles.map((role) => span(role, role))), look);
    expect(painted.endsWith('\x1b[0m')).toBe(true);
    expect(painted.split('\x1b[0m')).toHaveLength(7);
  });

  test('names no colour twice for neighbours that look alike', () => {
    expect(paintLine(line(span('a', 'good'), span(' '), span('b', 'good')), look)).toBe(
      '\x1b[38;5;28ma b\x1b[0m',
    );
  });

  test('shows the line of the cursor in reverse where there are no colours', () => {
    expect(paintLine(line(span('web', 'selected')), { ...look, colours: 'none' })).toBe('\x1b[7mweb\x1b[0m');
    expect(paintLine(line(span('web', 'good')), { ...look, colours: 'none' })).toBe('web');
  });

  test('holds nothing but ASCII for a terminal that shows nothing else, in as many columns', () => {
    const ascii = { colours: 'none', signs: ASCII } as const;
    expect(paintLine(line('grün … 日本 – a·b'), ascii)).toBe('gr?n ~ ???? - a|b');
  });
});
