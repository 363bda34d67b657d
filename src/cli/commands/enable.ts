/** `toru enable NAME…` */

import { success } from '../../protocol/result.ts';
import { actionCommand } from '../action-command.ts';

export const enable = actionCommand({
  verb: 'enable',
  canWait: true,
  method: 'plugin.enable',
  participle: 'enabling',
  does: 'start plugins with the machine, and now',
  options: [{ name: 'no-start', does: 'only remember it; do not start now' }],
  examples: ['toru enable web', 'toru enable --no-start backup'],
  more: (session) => success({ now: !session.has('no-start') }),
});
