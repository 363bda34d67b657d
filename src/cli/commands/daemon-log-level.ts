/** `toru daemon log-level` */

import { SUPERVISOR_LEVELS, type SupervisorLevelName } from '../../protocol/control/daemon.ts';
import { errorBody } from '../../protocol/errors.ts';
import { changeAnswer } from '../action-command.ts';
import type { Command } from '../command.ts';
import { nearestHint } from '../nearest.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import type { Session } from '../session.ts';

export const daemonLogLevel: Command = {
  verb: 'daemon log-level',
  kind: 'action',
  operands: '[LEVEL]',
  minOperands: 0,
  maxOperands: 1,
  takesNames: false,
  options: [
    { name: 'changed', does: 'print "changed" or "unchanged"' },
    { name: 'dry-run', does: 'only say what would change' },
  ],
  does: "print how much stands in torud's own log, or set it: error, warning, info or debug",
  details:
    'It holds until torud ends, is upgraded, or reads torud.toml again; log_level in [daemon] of torud.toml is for good. "debug" adds a line a connection, a request with its duration, and a step of a plugin.',
  examples: ['toru daemon log-level', 'toru daemon log-level debug', 'toru logs --supervisor -f'],
  run: runLogLevel,
};

async function runLogLevel(session: Session): Promise<Answer> {
  const [word] = session.operands;
  const { timeoutMs } = session.globals;
  if (word === undefined) {
    const asked = await session.client.call('daemon.logLevel', {}, timeoutMs);
    if (!asked.ok) return failed(asked.failure);
    const { level } = asked.value;
    return { document: { level }, values: [level], text: level };
  }
  const level = SUPERVISOR_LEVELS.find((one) => one === word);
  if (level === undefined) return failed(unknownLevel(word));
  const isDry = session.has('dry-run');
  const params = { level, ...(isDry ? { dryRun: true } : {}) };
  const result = await session.client.call('daemon.logLevel', params, timeoutMs);
  if (!result.ok) return failed(result.failure);
  return changeOf(result.value, isDry, session.has('changed'));
}

function changeOf(
  { level, before }: { readonly level: SupervisorLevelName; readonly before: SupervisorLevelName },
  isDry: boolean,
  isChangeAsked: boolean,
): Answer {
  const isChanged = level !== before;
  const document = { level, before, changed: isChanged, ...(isDry ? { dryRun: true } : {}) };
  if (isChangeAsked) {
    const word = isChanged ? 'changed' : 'unchanged';
    return { document, ...changeAnswer([['log-level', word]], true) };
  }
  if (!isDry) return { document, values: [] };
  const text = isChanged ? `would set the level from ${before} to ${level}` : `nothing to do: it is ${level}`;
  return { document, values: [text], text };
}

function unknownLevel(word: string) {
  const hint = nearestHint(word, SUPERVISOR_LEVELS) ?? `it is one of: ${SUPERVISOR_LEVELS.join(', ')}`;
  return errorBody('usage', `there is no level "${word}"`, { hint });
}
