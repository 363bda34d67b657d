/** `toru start NAME…` */

import { actionCommand } from '../action-command.ts';

export const start = actionCommand({
  verb: 'start',
  canWait: true,
  method: 'plugin.start',
  participle: 'starting',
  does: 'start plugins, until the next boot',
  details: 'Waits until each plugin is ready. It survives a restart of torud; for reboots, see "enable".',
  examples: ['toru start web', 'toru start "web-*" --timeout 10s', 'toru start --all --no-block'],
});
