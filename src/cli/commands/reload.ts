/** `toru reload NAME… [--force]` */

import { success } from '../../protocol/result.ts';
import { actionCommand } from '../action-command.ts';

export const reload = actionCommand({
  verb: 'reload',
  method: 'plugin.reload',
  participle: 'reloading',
  does: 'read manifest and drop-in again, and have running plugins take what has changed',
  details:
    'A running plugin of which only the config has changed is told; if it does not know "reload", or anything else has changed, it is restarted. Nothing is done to one that has changed in nothing; one that does not run takes the new files when it starts.',
  options: [{ name: 'force', does: 'restart in any case, also without a change' }],
  examples: ['toru reload web', 'toru reload --force "web-*"', 'toru reload --all --dry-run'],
  more: (session) => success(session.has('force') ? { force: true } : {}),
});
