/** `toru crashes [NAME…]`, `toru crashes show ID|-1 [NAME]` */

import type { CrashSummary } from '../../protocol/control/crashes.ts';
import type { Command } from '../command.ts';
import { crashBlock } from '../crash-block.ts';
import { fetchCrash } from '../crash-id.ts';
import { MOMENT_FORMS } from '../moment.ts';
import { collect, given, integerOption, momentOption } from '../option-values.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { formatDateTime, formatDuration, formatSize } from '../output/sizes.ts';
import type { Table } from '../output/table.ts';
import { numberCell } from '../output/table.ts';
import type { Session } from '../session.ts';
import { causeText } from '../status-block.ts';

export const crashes: Command = {
  verb: 'crashes',
  kind: 'query',
  operands: '[NAME...]',
  minOperands: 0,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: true,
  options: [
    { name: 'since', value: 'T', does: MOMENT_FORMS },
    { name: 'lines', short: 'n', value: 'N', does: 'only the newest N' },
    { name: 'strict', does: 'exit code 1 when log lines of the plugins were lost: last lines may lack some' },
    { name: 'fail-empty', does: 'exit code 1 when there was no crash' },
  ],
  does: 'list crashes, newest first',
  details: 'One crash with all that was kept of it: "toru crashes show ID".',
  examples: ['toru crashes', 'toru crashes web --since yesterday', 'toru crashes show -1 web'],
  run: runList,
};

export const crashesShow: Command = {
  verb: 'crashes show',
  kind: 'query',
  operands: 'ID|-1 [NAME]',
  minOperands: 1,
  maxOperands: 2,
  takesNames: false,
  options: [],
  does: 'show one crash: cause, last lines, what had changed; -1 is the newest',
  examples: ['toru crashes show 311', 'toru crashes show -1 web'],
  run: runShow,
};

async function runList(session: Session): Promise<Answer> {
  const options = collect({
    since: momentOption(session, 'since', Date.now()),
    limit: integerOption(session, 'lines', 0),
  });
  if (!options.ok) return failed(options.failure);
  const { since, limit } = options.value;
  const params = { ...session.selection, ...given('since', since), ...given('limit', limit) };
  const result = await session.client.call('crash.list', params, session.globals.timeoutMs);
  if (!result.ok) return failed(result.failure);
  const found = result.value.crashes;
  const isLossy = session.has('strict') && (await haveLostLines(session));
  const isFault = isLossy || (found.length === 0 && session.has('fail-empty'));
  return {
    document: { crashes: found },
    records: found,
    values: found.map((crash) => String(crash.id)),
    table: crashTable(found),
    hints: [...(found.length === 0 ? ['no crashes'] : []), ...(isLossy ? ['log lines were lost'] : [])],
    ...(isFault ? { exitCode: 1 } : {}),
  };
}

/** What was lost at writing may be missing from the last lines of a crash. */
async function haveLostLines(session: Session): Promise<boolean> {
  const listed = await session.client.call('plugin.list', session.selection, session.globals.timeoutMs);
  return listed.ok && listed.value.plugins.some(({ linesLost }) => linesLost > 0);
}

function crashTable(found: readonly CrashSummary[]): Table {
  const right = { align: 'right' } as const;
  return {
    columns: [
      { title: 'ID', ...right },
      { title: 'AT' },
      { title: 'PLUGIN' },
      { title: 'CAUSE' },
      { title: 'UPTIME', ...right },
      { title: 'RESTART', ...right },
      { title: 'VERDICT' },
      { title: 'PEAK', ...right },
      { title: 'VERSION' },
    ],
    rows: found.map((crash) => [
      String(crash.id),
      { text: formatDateTime(crash.at), plain: crash.at },
      crash.plugin,
      causeText(crash),
      numberCell(crash.uptimeMs, formatDuration),
      numberCell(crash.restart),
      crash.verdict,
      numberCell(crash.peakMemoryBytes, formatSize),
      crash.version,
    ]),
  };
}

async function runShow(session: Session): Promise<Answer> {
  const [text = '', plugin] = session.operands;
  const shown = await fetchCrash(session, text, plugin);
  if (!shown.ok) return failed(shown.failure);
  const { crash, lastGoodRun } = shown.value;
  return {
    document: { crash },
    records: [crash],
    values: [String(crash.id)],
    text: crashBlock(crash, session.screen.columns ?? 100, lastGoodRun ?? null),
  };
}
