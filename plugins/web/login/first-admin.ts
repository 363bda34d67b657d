/** The first admin, from ADMIN_USERNAME and ADMIN_PASSWORD: without any user nobody could ever sign in. */

import { failure, type Result, success } from '../../../src/protocol/result.ts';
import type { Accounts } from './accounts.ts';
import { passwordFault } from './password.ts';
import { USER_NAME_PATTERN } from './user-table.ts';

export interface FirstAdmin {
  readonly name: string;
  /** undefined: not given. */
  readonly password: string | undefined;
}

/** The value: the name of the admin that was made; undefined when there are users already. The failure: one line. */
export async function ensureFirstAdmin(
  accounts: Accounts,
  { name, password }: FirstAdmin,
): Promise<Result<string | undefined, string>> {
  if (!accounts.users.isEmpty) return success(undefined);
  if (password === undefined || password === '') {
    return failure(
      'ADMIN_PASSWORD is not set, and there is no user yet: "toru edit web" sets it, in the table [environment], for the ' +
        'first start; or run "toru web user add NAME --role admin"',
    );
  }
  if (!USER_NAME_PATTERN.test(name)) return failure(`ADMIN_USERNAME: "${name}" cannot be a user's name`);
  const fault = passwordFault(password);
  if (fault !== undefined) return failure(`ADMIN_PASSWORD: ${fault}`);
  const hash = await accounts.passwords.hash(password);
  if (!hash.ok) return failure('ADMIN_PASSWORD could not be hashed');
  const now = accounts.now();
  accounts.transaction(() => {
    accounts.users.add(name, 'admin', hash.value, now);
    accounts.audit.note({
      at: now,
      actor: 'web',
      address: '',
      action: 'user.add',
      target: name,
      result: 'ok',
    });
  });
  return success(name);
}
