/** `toru restart NAME…` */

import { actionCommand } from '../action-command.ts';

export const restart = actionCommand({
  verb: 'restart',
  canWait: true,
  method: 'plugin.restart',
  participle: 'restarting',
  does: 'stop plugins, then start them',
  details: 'One that is not running is started. Waits until each plugin is ready again.',
  examples: ['toru restart web', 'toru restart "web-*"'],
});
