/** `toru is-failed NAME…` */

import { stateQuestion } from '../state-question.ts';

export const isFailed = stateQuestion({
  verb: 'is-failed',
  does: 'was it given up? prints the state',
  word: ([, state]) => state,
  isYes: ([, state]) => state === 'failed',
  noExit: 1,
  examples: ['toru is-failed web', 'toru is-failed --all'],
});
