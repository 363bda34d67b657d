/** With which filters the list begins: those of the command line. */

import type { ErrorBody } from '../../../../protocol/errors.ts';
import { type Result, success } from '../../../../protocol/result.ts';
import { listParams } from '../../../commands/list.ts';
import type { Session } from '../../../session.ts';
import { FIRST_LIST, type ListState } from './list-order.ts';

/** As `toru list` takes them; names are chosen by torud itself. */
export function firstList(session: Session): Result<ListState, ErrorBody> {
  const params = listParams(session);
  if (!params.ok) return params;
  const { states, enabled } = params.value;
  return success({ ...FIRST_LIST, isEnabledOnly: enabled === true, states });
}
