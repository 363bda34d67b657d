/** `toru is-enabled NAME…` */

import { stateQuestion } from '../state-question.ts';

export const isEnabled = stateQuestion({
  verb: 'is-enabled',
  does: 'does it start with the machine? prints enabled or disabled',
  word: ([, , enabled]) => (enabled ? 'enabled' : 'disabled'),
  isYes: ([, , enabled]) => enabled,
  noExit: 1,
  examples: ['toru is-enabled web'],
});
