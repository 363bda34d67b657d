/** What routes work with. */

import type { Accounts } from '../login/accounts.ts';
import type { Daemon } from '../server/daemon.ts';
import type { Frontend } from '../server/frontend.ts';
import type { WebLog } from '../server/web-log.ts';
import type { FollowHub } from './follow/hub.ts';

export interface Services {
  readonly accounts: Accounts;
  readonly daemon: Daemon;
  readonly log: WebLog;
  readonly follow: FollowHub;
  readonly frontend: Frontend;
  /** Id of this very plugin. */
  readonly ownId: string;
  /** Cookies are for HTTPS alone. */
  readonly isProduction: boolean;
  /** Whether torud answers now, without asking it. */
  isDaemonThere(): boolean;
  /** The OpenAPI document. */
  document(): unknown;
}
