/** Quick actions: listed, changed by admins, run by operators. */

import type { QuickActions } from '../../quick-actions/quick-actions.ts';
import type { Handlers } from './table.ts';

export type QuickActionSource = Pick<QuickActions, 'list' | 'set' | 'remove' | 'run'>;

type Topic = 'quickAction.list' | 'quickAction.set' | 'quickAction.remove' | 'quickAction.run';

export function makeQuickActionHandlers(actions: QuickActionSource): Pick<Handlers, Topic> {
  return {
    'quickAction.list': async () => actions.list(),
    'quickAction.set': async (params) => actions.set(params),
    'quickAction.remove': async (params) => actions.remove(params),
    'quickAction.run': (params, caller) => actions.run(params, caller.actor),
  };
}
