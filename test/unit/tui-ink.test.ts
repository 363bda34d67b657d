/** The one component that Ink draws: what it shows, and what it hears from keyboard and clipboard. */

import { cleanup, render } from 'ink-testing-library';
import { createElement } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import { Picture, Stand } from '../../src/cli/tui/ink-screen.ts';
import type { Key } from '../../src/cli/tui/messages.ts';

afterEach(cleanup);

/** The component before an audience, and what it has told of. */
function stage() {
  const stand = new Stand();
  const keys: Key[] = [];
  const pasted: string[] = [];
  const parts = {
    onKeys: (more: readonly Key[]) => void keys.push(...more),
    onPaste: (text: string) => void pasted.push(text),
  };
  const shown = render(createElement(Picture, { stand, parts }));
  return { stand, keys, pasted, ...shown };
}

test('draws one line a row, and keeps the place of an empty one', async () => {
  const { stand, lastFrame } = stage();
  stand.set(['first', '', 'third']);
  await vi.waitFor(() => expect(lastFrame()).toBe('first\n\nthird'));
});

test('cuts a line that is wider than the terminal, so that it takes one row', async () => {
  const { stand, lastFrame } = stage();
  stand.set(['x'.repeat(300), 'below']);
  await vi.waitFor(() => expect(lastFrame()?.split('\n')).toHaveLength(2));
  expect(lastFrame()?.split('\n')[0]).toHaveLength(100);
});

test('draws again only for other lines, and leaves colours as they were painted', async () => {
  const { stand, frames, lastFrame } = stage();
  stand.set(['\x1b[31mred\x1b[0m']);
  await vi.waitFor(() => expect(lastFrame()).toContain('red'));
  expect(lastFrame()?.startsWith('\x1b[31mred\x1b[')).toBe(true);
  const before = frames.length;
  stand.set(['blue']);
  await vi.waitFor(() => expect(lastFrame()).toBe('blue'));
  expect(frames.length).toBe(before + 1);
});

test.each([
  ['a', ['a']],
  ['A', ['A']],
  ['ä', ['ä']],
  ['日', ['日']],
  ['\r', ['enter']],
  ['\t', ['tab']],
  ['\x1b[Z', ['shift-tab']],
  ['\x7f', ['backspace']],
  ['\b', ['backspace']],
  ['\x1b[3~', ['delete']],
  ['\x1b[A', ['up']],
  ['\x1bOB', ['down']],
  ['\x1b[C', ['right']],
  ['\x1b[D', ['left']],
  ['\x1b[5~', ['pageup']],
  ['\x1b[6~', ['pagedown']],
  ['\x1b[H', ['home']],
  ['\x1b[F', ['end']],
  ['\x03', ['ctrl-c']],
  ['\x1a', ['ctrl-z']],
  ['\x0c', ['ctrl-l']],
  // Several at once, as a slow line delivers them; the end of one must not swallow the next.
  ['jjx', ['j', 'j', 'x']],
  ['ab\x03', ['a', 'b', 'ctrl-c']],
  ['/web\r', ['/', 'w', 'e', 'b', 'enter']],
  // Escape and the next key, which a slow line delivers together.
  ['\x1bx', ['escape', 'x']],
  ['\x1b\r', ['escape', 'enter']],
  ['\x1b\n', ['escape', 'ctrl-j']],
  ['\x1b\t', ['escape', 'tab']],
  ['\x1b\x7f', ['escape', 'backspace']],
  ['\x1b\x1b[A', ['escape', 'up']],
  ['\x1b\x1bOB', ['escape', 'down']],
  ['\x1b\x03', ['escape', 'ctrl-c']],
  // Alt and an arrow, where the terminal says so: no Escape was pressed.
  ['\x1b[1;3A', ['up']],
  // Keys without a meaning, and answers of the terminal, are no letters.
  ['\x1b[15~', []],
  ['\x1b[?62;22c', []],
  ['\x1b[I', []],
  ['\x00\x1c\x9b', []],
])('hears %j as %j', async (bytes, expected) => {
  const { stdin, keys } = stage();
  stdin.write(bytes);
  stdin.write('.');
  await vi.waitFor(() => expect(keys.at(-1)).toBe('.'));
  expect(keys.slice(0, -1)).toEqual(expected);
});

test('hears a lone escape as soon as nothing follows it', async () => {
  const { stdin, keys } = stage();
  stdin.write('\x1b');
  await vi.waitFor(() => expect(keys).toEqual(['escape']));
});

test('takes a sequence that comes in two parts for one key', async () => {
  const { stdin, keys } = stage();
  stdin.write('\x1b[');
  stdin.write('A');
  await vi.waitFor(() => expect(keys).toEqual(['up']));
});

test('takes pasted text whole, and none of it for keys', async () => {
  const { stdin, keys, pasted } = stage();
  stdin.write('\x1b[200~rm -rf\rxq\x1b[201~');
  stdin.write('.');
  await vi.waitFor(() => expect(keys).toEqual(['.']));
  expect(pasted).toEqual(['rm -rf\rxq']);
});

test('hears nothing any more once it is taken away', () => {
  const { stdin, keys, unmount } = stage();
  unmount();
  stdin.write('q');
  expect(keys).toEqual([]);
});
