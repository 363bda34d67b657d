/** `toru is-active NAME…` */

import { stateQuestion } from '../state-question.ts';

export const isActive = stateQuestion({
  verb: 'is-active',
  does: 'is it running? prints the state',
  word: ([, state]) => state,
  isYes: ([, state]) => state === 'running',
  noExit: 3,
  examples: ['toru is-active web', 'toru is-active web db --all-of && echo both'],
});
