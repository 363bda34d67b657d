/** How soon a picture follows what has happened: at once to a person, and at the pace of a reader to machines. Pure. */

import type { Message } from './messages.ts';

/** `answer`: to a key. `news`: what was waited for. `states`: what goes on by itself. `lines`: of what is followed. */
export type Pace = 'answer' | 'news' | 'states' | 'lines';

/** Several keys, or several messages of one moment, are one picture. */
const ANSWER_MS = 12;
const MOMENT_MS = 33;
/** From one picture to the next: each costs as much as all its rows. A little more than four times a second. */
const BETWEEN_MS: Readonly<Record<Pace, number>> = { answer: 0, news: 0, states: 230, lines: 100 };

export function paceOf(message: Message): Pace {
  switch (message.type) {
    case 'key':
    case 'mouse':
    case 'pasted':
    case 'resized':
      return 'answer';
    case 'watched':
      return message.item.kind === 'snapshot' ? 'news' : 'states';
    case 'items':
      return 'lines';
    case 'tick':
      return 'states';
    default:
      return 'news';
  }
}

/** @param sinceDrawnMs time since the last picture */
export function drawDelayMs(pace: Pace, sinceDrawnMs: number): number {
  return Math.max(pace === 'answer' ? ANSWER_MS : MOMENT_MS, BETWEEN_MS[pace] - sinceDrawnMs);
}
