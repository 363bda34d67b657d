/** `toru why NAME` */

import type { Command } from '../command.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { wrap } from '../output/wrap.ts';
import { runningExitCode } from '../running-exit.ts';
import type { Session } from '../session.ts';

/** Lines longer than this are hard to read, however wide the terminal is. */
const MAX_COLUMNS = 100;

export const why: Command = {
  verb: 'why',
  kind: 'query',
  operands: 'NAME',
  minOperands: 1,
  maxOperands: 1,
  takesNames: false,
  options: [],
  does: 'say why a plugin is in its state, who did it, and what happens next',
  details: 'Exit code: 0 when running, 3 when not, 4 when there is no such plugin.',
  examples: ['toru why web'],
  run: runWhy,
};

async function runWhy(session: Session): Promise<Answer> {
  const [plugin = ''] = session.operands;
  const result = await session.client.call('plugin.why', { plugin }, session.globals.timeoutMs);
  if (!result.ok) return failed({ name: plugin, ...result.failure });
  const { text, plugin: status } = result.value;
  const { columns } = session.screen;
  const shown = columns === undefined ? text : wrap(text, Math.min(columns, MAX_COLUMNS)).join('\n');
  return {
    document: { ...result.value },
    records: [result.value],
    values: [text],
    text: shown,
    exitCode: runningExitCode(status.state),
  };
}
