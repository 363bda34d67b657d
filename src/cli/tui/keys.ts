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

/** What comes behind Escape in the sequences of keys (ECMA-48). */
const BEGINS_SEQUENCE: ReadonlySet<string> = new Set(['[', 'O', ']', 'P', '_', '^']);

/** A report of the mouse whose Escape came so long before that it was taken for the key. */
const MOUSE_REPORT = /^\[<\d+;\d+;\d+[Mm]/;

/** Several keys at once are a slow line that delivered them together. */
export function keysOf(input: string, key: InkKey): readonly Key[] {
  const named = NAMED.find(([name]) => key[name] === true)?.[1];
  // A slow line brings Escape and the next key together, which is what Alt and that key send; Alt means nothing here.
  // An Alt that has a parameter of its own in the sequence is none.
  const before = key.meta && !key.escape && key.eventType === undefined ? ['escape'] : [];
  if (named !== undefined) return [...before, named === 'tab' && key.shift ? 'shift-tab' : named];
  if (key.ctrl) return input === '' ? before : [...before, `ctrl-${input}`];
  if (key.meta)
    return [...input].length === 1 && !BEGINS_SEQUENCE.has(input) ? ['escape', ...keyOf(input)] : [];
  return [...input.replace(MOUSE_REPORT, '')].flatMap(keyOf);
}

/** Characters that are typed are keys by themselves; of the others only those that have a meaning here. */
function keyOf(character: string): readonly Key[] {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\r' || character === '\n') return ['enter'];
  if (character === '\t') return ['tab'];
  if (character === '\x1b') return ['escape'];
  if (character === '\x7f' || character === '\b') return ['backspace'];
  if (code >= 1 && code <= 26) return [`ctrl-${String.fromCodePoint(code + 96)}`];
  // C0 and C1 control characters, and halves of what was cut.
  return code < 32 || (code >= 127 && code < 160) || (code >= 0xd800 && code <= 0xdfff) ? [] : [character];
}
