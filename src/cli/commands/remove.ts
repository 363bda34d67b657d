/** `toru remove NAME…` */

import { success } from '../../protocol/result.ts';
import { actionCommand } from '../action-command.ts';

export const remove = actionCommand({
  verb: 'remove',
  method: 'plugin.remove',
  participle: 'removing',
  does: 'stop and disable plugins, and take them out of the plugin folder',
  details: [
    'Refused while an installed plugin needs it that is not removed in the same call. Data folder, keys, logs, drop-in and',
    'history stay, and the version is kept for "toru install --rollback"; --purge removes all of that, also of a',
    'plugin whose files are gone already.',
  ].join('\n'),
  options: [
    {
      name: 'purge',
      does: 'also remove its data, keys, logs, drop-in, crash history, events and kept versions',
    },
  ],
  examples: ['toru remove weather', 'toru remove web db', 'toru remove --purge weather'],
  more: (session) => success(session.has('purge') ? { purge: true } : {}),
});
