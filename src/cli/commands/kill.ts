/** `toru kill -s SIG NAME…` */

import { constants } from 'node:os';
import type { ErrorBody } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';
import type { Result } from '../../protocol/result.ts';
import { failure, success } from '../../protocol/result.ts';
import { actionCommand } from '../action-command.ts';
import { nearestHint } from '../nearest.ts';

export const kill = actionCommand({
  verb: 'kill',
  method: 'plugin.kill',
  participle: 'signalling',
  does: "send a signal to the plugin's process group",
  details:
    'The signal is SIGTERM unless -s says another one. An end by it is handled as the restart settings say.',
  options: [{ name: 'signal', short: 's', value: 'SIG', does: 'HUP, SIGHUP or 1' }],
  examples: ['toru kill -s HUP web', 'toru kill -s KILL flaky'],
  more: (session) => {
    const signal = signalName(session.value('signal') ?? 'SIGTERM');
    return signal.ok ? success({ signal: signal.value }) : signal;
  },
});

/** `HUP`, `sighup`, `1` as `SIGHUP`. */
export function signalName(word: string): Result<string, ErrorBody> {
  const signals: Readonly<Record<string, number>> = constants.signals;
  if (/^\d+$/.test(word)) {
    const found = Object.keys(signals).find((name) => signals[name] === Number(word));
    if (found !== undefined) return success(found);
  }
  const upper = word.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  if (Object.hasOwn(signals, name)) return success(name);
  const hint = nearestHint(name, Object.keys(signals));
  return failure(errorBody('usage', `unknown signal "${word}"`, { hint }));
}
