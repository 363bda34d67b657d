/** Whether whoever began a long answer may still have it: signed out, removed or expired ones may not. */

import { messageOf } from '../../../src/protocol/result.ts';
import { includesRole } from '../login/role.ts';
import { storageProblem } from '../login/storage-fault.ts';
import { identify } from '../server/gate.ts';
import type { Call } from './route.ts';
import type { Services } from './services.ts';

interface LongCall extends Pick<Call<unknown, unknown, unknown>, 'request' | 'identity'> {
  readonly services: Pick<Services, 'accounts' | 'isProduction' | 'log'>;
}

export function isStillKnown({ request, services, identity }: LongCall): boolean {
  try {
    const now = identify(request, services.accounts, services.isProduction);
    return now !== undefined && now.userId === identity.userId && includesRole(now.role, identity.role);
  } catch (thrown) {
    // Asked from timers too. A file that cannot be read now has signed nobody out: it is asked again.
    if (storageProblem(thrown) !== undefined) return true;
    services.log.error(`whether ${identity.name} is still signed in: ${messageOf(thrown)}`);
    return false;
  }
}
