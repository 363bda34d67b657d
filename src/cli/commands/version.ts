/** `toru version` */

import { within } from '../../client/time-limit.ts';
import { CONTROL_PROTOCOL, VERSION } from '../../protocol/version.ts';
import type { Command } from '../command.ts';
import type { Answer } from '../output/answer.ts';
import type { Session } from '../session.ts';

export const version: Command = {
  verb: 'version',
  kind: 'query',
  operands: '',
  minOperands: 0,
  maxOperands: 0,
  takesNames: false,
  options: [],
  does: 'print the versions of toru and of the running torud',
  examples: ['toru version', 'toru version --json'],
  run: runVersion,
};

/** Works without a daemon: that it is not there is an answer, not a failure. */
async function runVersion(session: Session): Promise<Answer> {
  const welcome = await within(session.client.welcome(), session.globals.timeoutMs);
  const daemon = welcome?.ok === true ? welcome.value.daemon.replace(/^torud\//, '') : null;
  const document = { cli: VERSION, daemon, protocol: CONTROL_PROTOCOL };
  return {
    document,
    records: [document],
    values: [VERSION],
    text: `toru ${VERSION}\ntorud ${daemon ?? '- (not reached)'}\ncontrol protocol ${CONTROL_PROTOCOL}`,
  };
}
