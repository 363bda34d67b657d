/** Subscription to plugins' states. */

import type { PluginStatus } from '../../../../src/protocol/control/plugins.ts';
import { type Identity, mayTouch } from '../../login/identity.ts';
import type { PluginBook } from '../../server/plugin-book.ts';
import { publicStatus } from '../public-status.ts';
import { StateFollower, type StateKind } from './state-follower.ts';
import type { Subscription } from './subscription.ts';

const KIND: StateKind<PluginStatus> = {
  plural: 'plugins',
  singular: 'plugin',
  removed: 'removed',
  maySee: mayTouch,
  shown: publicStatus,
};

export class PluginFollower extends StateFollower<PluginStatus> {
  constructor(book: PluginBook, identity: Identity, subscription: Subscription) {
    super(KIND, book, identity, subscription);
  }
}
