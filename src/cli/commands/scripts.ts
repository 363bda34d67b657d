/** `toru scripts` */

import type { Command } from '../command.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { formatDateTime, formatSize } from '../output/sizes.ts';
import { numberCell } from '../output/table.ts';
import type { Session } from '../session.ts';

export const scripts: Command = {
  verb: 'scripts',
  kind: 'query',
  operands: '',
  minOperands: 0,
  maxOperands: 0,
  takesNames: false,
  options: [],
  does: 'list the scripts that "toru run" can run, with what they say of themselves',
  details:
    'A script is an executable file in the scripts folder; its description is its first line of comment. One that torud would refuse to run is shown with why; with -o value only those are listed that it would run.',
  examples: ['toru scripts', 'toru scripts --json', 'toru scripts -o value'],
  run: runScripts,
};

async function runScripts(session: Session): Promise<Answer> {
  const result = await session.client.call('script.list', {}, session.globals.timeoutMs);
  if (!result.ok) return failed(result.failure);
  const { folder, scripts: found } = result.value;
  return {
    document: { folder, scripts: found },
    records: found,
    values: found.filter(({ refused }) => refused === null).map(({ name }) => name),
    table: {
      columns: [
        { title: 'NAME' },
        { title: 'SIZE', align: 'right' },
        { title: 'MODIFIED' },
        { title: 'DESCRIPTION' },
      ],
      rows: found.map(({ name, sizeBytes, modifiedAt, description, refused }) => [
        name,
        numberCell(sizeBytes, formatSize),
        { text: formatDateTime(modifiedAt), plain: modifiedAt },
        refused === null ? description : { text: `refused: ${refused}`, colour: 'red' },
      ]),
    },
    hints: found.length === 0 ? [`no scripts in ${folder}`] : [],
  };
}
