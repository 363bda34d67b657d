/** `toru try-restart NAME…` */

import { actionCommand } from '../action-command.ts';

export const tryRestart = actionCommand({
  verb: 'try-restart',
  method: 'plugin.tryRestart',
  participle: 'restarting',
  does: 'restart plugins that run, leave the others',
  examples: ['toru try-restart --all'],
});
