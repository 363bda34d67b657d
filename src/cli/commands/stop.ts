/** `toru stop NAME…` */

import { actionCommand } from '../action-command.ts';

export const stop = actionCommand({
  verb: 'stop',
  method: 'plugin.stop',
  participle: 'stopping',
  does: 'stop plugins, until the next boot',
  details: 'An enabled plugin starts again with the machine. To keep it down, see "disable".',
  examples: ['toru stop web', 'toru stop --all'],
});
