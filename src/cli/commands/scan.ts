/** `toru scan` */

import type { Command } from '../command.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import type { Session } from '../session.ts';

export const scan: Command = {
  verb: 'scan',
  kind: 'action',
  operands: '',
  minOperands: 0,
  maxOperands: 0,
  takesNames: false,
  options: [],
  does: 'look at the plugin folder again; say what was added, changed, removed and refused',
  details:
    'torud looks by itself when the folder changes. A refused plugin is no failure of the scan: exit code 0.',
  examples: ['toru scan', 'toru scan --json'],
  run: runScan,
};

async function runScan(session: Session): Promise<Answer> {
  const result = await session.client.call('plugin.scan', {}, session.globals.timeoutMs);
  if (!result.ok) return failed(result.failure);
  const { added, changed, removed, refused } = result.value;
  const rows = [
    ...added.map((id) => ['added', id, '']),
    ...changed.map((id) => ['changed', id, '']),
    ...removed.map((id) => ['removed', id, '']),
    ...refused.map(({ id, path, reason }) => ['refused', id, `${path}: ${reason}`]),
  ];
  return {
    document: { added, changed, removed, refused },
    values: rows.map(([change, id]) => `${change} ${id}`),
    table: { columns: [{ title: 'CHANGE' }, { title: 'ID' }, { title: 'REASON' }], rows },
    hints: rows.length === 0 ? ['nothing has changed'] : [],
  };
}
