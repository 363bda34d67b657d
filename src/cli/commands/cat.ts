/** `toru cat NAME [KEY…]` */

import type { SettingOrigin } from '../../protocol/control/plugins.ts';
import { errorBody } from '../../protocol/errors.ts';
import type { Command } from '../command.ts';
import { nearestHint } from '../nearest.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { sanitise } from '../output/sanitise.ts';
import type { Session } from '../session.ts';
import { settingsLines } from '../settings-text.ts';
import { propertyText } from './show.ts';

export const cat: Command = {
  verb: 'cat',
  kind: 'query',
  operands: 'NAME [KEY...]',
  minOperands: 1,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: false,
  options: [],
  does: 'show the effective settings of a plugin, each with the file that it came from',
  details: [
    'The text is a drop-in: toru edit NAME --file - takes it. A source is the drop-in, torud.toml, "manifest" or',
    '"built-in". With -o value the values alone.',
  ].join('\n'),
  examples: ['toru cat web', 'toru cat web restart.limit -o value', 'toru cat web --json'],
  run: runCat,
};

async function runCat(session: Session): Promise<Answer> {
  const [plugin = '', ...keys] = session.operands;
  const result = await session.client.call('plugin.show', { plugin }, session.globals.timeoutMs);
  if (!result.ok) return failed({ name: plugin, ...result.failure });
  const { properties, settings } = result.value;
  if (settings.length === 0) {
    const reason = typeof properties.reason === 'string' ? properties.reason : 'it is refused';
    const hint = /\.toml\b/.test(reason) ? 'toru edit mends its drop-in' : undefined;
    return failed(errorBody('invalid', reason, { name: plugin, hint }));
  }
  const unknown = keys.find((key) => !settings.some((setting) => setting.key === key));
  if (unknown !== undefined) {
    const hint =
      nearestHint(
        unknown,
        settings.map(({ key }) => key),
      ) ?? `"toru cat ${plugin}" lists them`;
    return failed(errorBody('usage', `there is no setting "${unknown}"`, { hint, name: plugin }));
  }
  const shown =
    keys.length === 0 ? settings : keys.flatMap((key) => settings.filter((one) => one.key === key));
  const { version, path, digest } = properties;
  return {
    document: { plugin, version, path, digest, settings: shown },
    records: shown,
    values: shown.map(({ value }) => propertyText(value)),
    ...(session.globals.format === 'plain' ? plainTable(shown) : {}),
    text: [...(keys.length === 0 ? headLines(plugin, properties) : []), ...settingsLines(shown)].join('\n'),
  };
}

function headLines(plugin: string, properties: Readonly<Record<string, unknown>>): readonly string[] {
  const { version, path, digest } = properties;
  return [
    `# ${sanitise(`${plugin} ${String(version)}`)}`,
    `# path: ${sanitise(String(path))}`,
    `# digest: ${String(digest)}`,
    '',
  ];
}

function plainTable(settings: readonly SettingOrigin[]): Pick<Answer, 'table'> {
  return {
    table: {
      columns: [{ title: 'KEY' }, { title: 'VALUE' }, { title: 'SOURCE' }],
      rows: settings.map(({ key, value, source }) => [key, propertyText(value), source]),
    },
  };
}
