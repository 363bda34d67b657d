/** Whether whoever began a long answer may still have it: signed out, removed or expired ones may not. */

import { includesRole } from '../login/role.ts';
import { identify } from '../server/gate.ts';
import type { Call } from './route.ts';

type LongCall = Pick<Call<unknown, unknown, unknown>, 'request' | 'services' | 'identity'>;

export function isStillKnown({ request, services, identity }: LongCall): boolean {
  const now = identify(request, services.accounts, services.isProduction);
  return now !== undefined && now.userId === identity.userId && includesRole(now.role, identity.role);
}
