/** `toru reset-failed [NAME…]` */

import { actionCommand } from '../action-command.ts';

export const resetFailed = actionCommand({
  verb: 'reset-failed',
  method: 'plugin.resetFailed',
  participle: 'resetting',
  does: 'forget restart counts, and leave the state failed',
  details: 'Without names, of every plugin.',
  areNamesOptional: true,
  examples: ['toru reset-failed', 'toru reset-failed weather'],
});
