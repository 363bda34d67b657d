/** `toru disable NAME…` */

import { success } from '../../protocol/result.ts';
import { actionCommand } from '../action-command.ts';

export const disable = actionCommand({
  verb: 'disable',
  method: 'plugin.disable',
  participle: 'disabling',
  does: 'do not start plugins with the machine, and stop them now',
  options: [{ name: 'no-stop', does: 'only remember it; leave a running plugin alone' }],
  examples: ['toru disable web', 'toru disable --no-stop backup'],
  more: (session) => success({ now: !session.has('no-stop') }),
});
