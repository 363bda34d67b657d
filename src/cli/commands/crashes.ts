/** `toru crashes [NAME…]`, `toru crashes show ID|-1 [NAME]` */

import type { CrashSummary } from '../../protocol/control/crashes.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';
import type { Command } from '../command.ts';
import { crashBlock } from '../crash-block.ts';
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
  return {
    document: { crashes: found },
    records: found,
    values: found.map((crash) => String(crash.id)),
    table: crashTable(found),
    hints: found.length === 0 ? ['no crashes'] : [],
    ...(found.length === 0 && session.has('fail-empty') ? { exitCode: 1 } : {}),
  };
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
  const id = Number(text.replace(/^#/, ''));
  if (!Number.isSafeInteger(id) || id === 0) {
    const hint = '"toru crashes" lists them; -1 is the newest';
    return failed(errorBody('usage', `"${text}" is no number of a crash`, { hint }));
  }
  const params = { id, ...given('plugin', plugin) };
  const { timeoutMs } = session.globals;
  const result = await session.client.call('crash.show', params, timeoutMs);
  if (!result.ok) {
    const unknown = result.failure.code === 'not_found' ? await unknownPlugin(session, plugin) : undefined;
    return failed(unknown ?? result.failure);
  }
  const { crash } = result.value;
  return {
    document: { crash },
    records: [crash],
    values: [String(crash.id)],
    text: crashBlock(crash, session.screen.columns ?? 100),
  };
}

/** A plugin that is gone may have crashes; only where there are none, that it is gone is the answer. */
async function unknownPlugin(session: Session, plugin: string | undefined): Promise<ErrorBody | undefined> {
  if (plugin === undefined) return undefined;
  const params = { names: [plugin] };
  const found = await session.client.call('plugin.listCompact', params, session.globals.timeoutMs);
  return found.ok ? found.value.errors[0] : undefined;
}
