/** Keys that scroll, as in less. Pure. */

import type { Key } from '../../messages.ts';

/** The row that is to be the first one, not yet within bounds; undefined: no such key. */
export function scrolled(key: Key, top: number, height: number, length: number): number | undefined {
  switch (key) {
    case 'j':
    case 'down':
      return top + 1;
    case 'k':
    case 'up':
      return top - 1;
    case 'ctrl-d':
      return top + Math.ceil(height / 2);
    case 'ctrl-u':
      return top - Math.ceil(height / 2);
    case ' ':
    case 'pagedown':
    case 'ctrl-f':
      return top + height;
    case 'pageup':
    case 'ctrl-b':
      return top - height;
    case 'g':
    case 'home':
      return 0;
    case 'G':
    case 'end':
      return length;
    default:
      return undefined;
  }
}
