/** Names of keys, from what Ink says of them. */

import type { Key as InkKey } from 'ink';
import type { Key } from './messages.ts';

const NAMED: readonly (readonly [keyof InkKey, Key])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageDown', 'pagedown'],
  ['pageUp', 'pageup'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

/** Several keys at once are pasted text, or a slow line that delivered them together. */
export function keysOf(input: string, key: InkKey): readonly Key[] {
  const named = NAMED.find(([name]) => key[name] === true);
  if (named !== undefined) return [named[1]];
  if (key.ctrl) return input === '' ? [] : [`ctrl-${input}`];
  if (key.meta) return [];
  return [...input].map((character) =>
    character === '\r' || character === '\n' ? 'enter' : character === '\t' ? 'tab' : character,
  );
}
