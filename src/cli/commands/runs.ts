/** `toru runs NAME` */

import type { ListedRun } from '../../protocol/control/runs.ts';
import type { Command } from '../command.ts';
import { integerOption } from '../option-values.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { formatDateTime, formatSize } from '../output/sizes.ts';
import { numberCell, type Table } from '../output/table.ts';
import { lastedText, runEndText, runSpanMs } from '../run-text.ts';
import type { Session } from '../session.ts';

export const runs: Command = {
  verb: 'runs',
  kind: 'query',
  operands: 'NAME',
  minOperands: 1,
  maxOperands: 1,
  takesNames: false,
  options: [{ name: 'lines', short: 'n', value: 'N', does: 'at most so many, the newest (default 100)' }],
  does: 'list the runs of a plugin, newest first: when, how long, how it ended, which version',
  details: 'Up to 1,000 ended runs are kept of a plugin. With -o value: their numbers, for toru logs --run.',
  examples: ['toru runs web', 'toru runs web -n 5', 'toru runs web --json'],
  run: runRuns,
};

async function runRuns(session: Session): Promise<Answer> {
  const [plugin = ''] = session.operands;
  const limit = integerOption(session, 'lines', 0);
  if (!limit.ok) return failed(limit.failure);
  const params = { plugin, ...(limit.value === undefined ? {} : { limit: limit.value }) };
  const result = await session.client.call('run.list', params, session.globals.timeoutMs);
  if (!result.ok) return failed({ name: plugin, ...result.failure });
  const found = result.value.runs;
  return {
    document: { plugin, runs: found },
    records: found,
    values: found.map(({ id }) => String(id)),
    table: runTable(found, Date.now()),
    hints: found.length === 0 ? ['no runs'] : [],
  };
}

function runTable(found: readonly ListedRun[], nowMs: number): Table {
  const right = { align: 'right' } as const;
  return {
    columns: [
      { title: 'RUN', ...right },
      { title: 'STARTED' },
      { title: 'ENDED' },
      { title: 'LASTED', ...right },
      { title: 'END' },
      { title: 'PEAK', ...right },
      { title: 'VERSION' },
    ],
    rows: found.map((run) => {
      const spanMs = runSpanMs(run, nowMs);
      return [
        String(run.id),
        { text: formatDateTime(run.startedAt), plain: run.startedAt },
        run.endedAt === null ? '-' : { text: formatDateTime(run.endedAt), plain: run.endedAt },
        { text: lastedText(spanMs), plain: String(Math.round(spanMs)) },
        runEndText(run),
        numberCell(run.peakMemoryBytes, formatSize),
        run.version,
      ];
    }),
  };
}
