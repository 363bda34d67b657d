/** The audit of what is asked for over HTTP. */

import type { Services } from '../api/services.ts';
import type { AuditEntry } from '../login/audit-table.ts';
import { storageProblem } from '../login/storage-fault.ts';

/** What was done is done: an entry that cannot be written goes to the log. */
export function noteChange(
  { accounts, log }: Pick<Services, 'accounts' | 'log'>,
  change: Omit<AuditEntry, 'id' | 'at'>,
): void {
  try {
    accounts.audit.note({ at: accounts.now(), ...change });
  } catch (thrown) {
    const problem = storageProblem(thrown);
    if (problem === undefined) throw thrown;
    const { actor, address, action, target, result } = change;
    log.error(
      `not in the audit: ${actor} from ${address}: ${action} ${target}: ${result}: ${problem.message}`,
    );
  }
}
