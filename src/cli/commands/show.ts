/** `toru show NAME [-p KEY…] [--value]` */

import { errorBody } from '../../protocol/errors.ts';
import type { PluginStateName } from '../../protocol/plugin-state.ts';
import type { Command } from '../command.ts';
import { nearestHint } from '../nearest.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { sanitise } from '../output/sanitise.ts';
import { runningExitCode } from '../running-exit.ts';
import type { Session } from '../session.ts';

export const show: Command = {
  verb: 'show',
  kind: 'query',
  operands: 'NAME [KEY...]',
  minOperands: 1,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: false,
  options: [
    {
      name: 'property',
      short: 'p',
      value: 'KEY',
      isRepeatable: true,
      does: 'only this one; several with commas',
    },
    { name: 'value', does: 'print the values alone' },
  ],
  does: 'show every property of a plugin, key=value',
  details: 'Exit code: 0 when running, 3 when not, 4 when there is no such plugin.',
  examples: ['toru show web', 'toru show web -p state,pid', 'toru show web -p restart.limit --value'],
  run: runShow,
};

async function runShow(session: Session): Promise<Answer> {
  const [plugin = '', ...others] = session.operands;
  const keys = [...session.values('property'), ...others];
  const result = await session.client.call('plugin.show', { plugin }, session.globals.timeoutMs);
  if (!result.ok) return failed({ name: plugin, ...result.failure });
  const { properties, settings } = result.value;
  const unknown = keys.find((key) => !Object.hasOwn(properties, key));
  if (unknown !== undefined) {
    const hint = nearestHint(unknown, Object.keys(properties)) ?? `"toru show ${plugin}" lists them`;
    return failed(errorBody('usage', `there is no property "${unknown}"`, { hint, name: plugin }));
  }
  const shown = keys.length === 0 ? Object.keys(properties) : keys;
  const chosen = Object.fromEntries(shown.map((key) => [key, properties[key]]));
  const values = shown.map((key) => propertyText(properties[key]));
  return {
    document: { plugin, properties: chosen, ...(keys.length === 0 ? { settings } : {}) },
    records: shown.map((key) => ({ key, value: properties[key] ?? null })),
    values,
    exitCode: runningExitCode(properties.state as PluginStateName),
    text: (session.has('value') ? values : shown.map((key, at) => `${key}=${values[at]}`)).join('\n'),
  };
}

/** Text as it is, all else as JSON; one line in any case. */
export function propertyText(value: unknown): string {
  return sanitise(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null'));
}
