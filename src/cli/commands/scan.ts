/** `toru scan` */

import type { ScanResult } from '../../protocol/control/plugins.ts';
import { changesAnswer } from '../action-command.ts';
import type { Command, OptionSpec } from '../command.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { DRY_RUN, planAnswer, soleStep } from '../plan-answer.ts';
import type { Session } from '../session.ts';

const CHANGES: OptionSpec = {
  name: 'changed',
  does: 'print only a line a plugin that was added, changed or removed: its id and "changed"; "torud unchanged" for none',
};

export const scan: Command = {
  verb: 'scan',
  kind: 'action',
  operands: '',
  minOperands: 0,
  maxOperands: 0,
  takesNames: false,
  options: [CHANGES, DRY_RUN],
  does: 'look at the plugin folder again; say what was added, changed, removed and refused',
  details:
    'torud looks by itself when the folder changes. A refused plugin is no failure of the scan: exit code 0.',
  examples: ['toru scan', 'toru scan --json'],
  run: runScan,
};

async function runScan(session: Session): Promise<Answer> {
  const isDry = session.has('dry-run');
  const params = isDry ? { dryRun: true } : {};
  const result = await session.client.call('plugin.scan', params, session.globals.timeoutMs);
  if (!result.ok) return failed(result.failure);
  if (isDry) return scanPlan(result.value);
  const { added, changed, removed, refused } = result.value;
  if (session.has('changed')) {
    const ids = [...added, ...changed, ...removed].sort();
    return { document: { added, changed, removed, refused }, ...changesAnswer(ids) };
  }
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

function scanPlan({ added, changed, removed, refused }: ScanResult): Answer {
  return planAnswer({
    plan: [
      ...added.map((id) => soleStep(id, 'add', 'it is new in the plugin folder')),
      ...changed.map((id) => soleStep(id, 'change', 'its files or settings are other ones')),
      ...removed.map((id) => soleStep(id, 'remove', 'its files are gone')),
      ...refused.map(({ id, path, reason }) => soleStep(id, 'refuse', `${path}: ${reason}`)),
    ],
    outcomes: [...added, ...changed, ...removed].map((plugin) => ({ plugin, changed: true })),
    more: { added, changed, removed, refused },
  });
}
