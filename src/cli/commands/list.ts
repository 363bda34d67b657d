/** `toru list [NAME…]` */

import type { CompactRow, ListParams } from '../../protocol/control/plugins.ts';
import { COMPACT_COLUMNS } from '../../protocol/control/plugins.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';
import type { PluginStateName } from '../../protocol/plugin-state.ts';
import { PLUGIN_STATES } from '../../protocol/plugin-state.ts';
import type { Result } from '../../protocol/result.ts';
import { failure, success } from '../../protocol/result.ts';
import type { Command } from '../command.ts';
import { nearestHint } from '../nearest.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { stateColour } from '../output/colours.ts';
import { formatDuration, formatSize } from '../output/sizes.ts';
import type { Cell, Table } from '../output/table.ts';
import { numberCell } from '../output/table.ts';
import type { Session } from '../session.ts';

export const list: Command = {
  verb: 'list',
  aliases: ['ls'],
  kind: 'query',
  operands: '[NAME...]',
  minOperands: 0,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: true,
  options: [
    {
      name: 'state',
      value: 'S',
      isRepeatable: true,
      does: `only in this state: ${PLUGIN_STATES.join(', ')}`,
    },
    { name: 'failed', does: 'the same as --state failed' },
    { name: 'enabled', does: 'only those that start with the machine' },
  ],
  does: 'list plugins',
  examples: ['toru list', 'toru list --failed', 'toru list "web-*" --json', 'toru list -o value --enabled'],
  run: runList,
};

async function runList(session: Session): Promise<Answer> {
  const params = listParams(session);
  if (!params.ok) return failed(params.failure);
  if (session.globals.isJson) return listWhole(session, params.value);
  const result = await session.client.call('plugin.listCompact', params.value, session.globals.timeoutMs);
  if (!result.ok) return failed(result.failure);
  const { rows, errors } = result.value;
  return {
    table: listTable(rows),
    values: rows.map((row) => row[0]),
    errors,
    hints: rows.length === 0 && errors.length === 0 ? [emptyHint(session, params.value)] : [],
  };
}

async function listWhole(session: Session, params: ListParams): Promise<Answer> {
  const result = await session.client.call('plugin.list', params, session.globals.timeoutMs);
  if (!result.ok) return failed(result.failure);
  const { plugins, errors } = result.value;
  return { document: { plugins }, records: plugins, errors };
}

function emptyHint(session: Session, params: ListParams): string {
  const isFiltered =
    session.operands.length > 0 || params.states !== undefined || params.enabled !== undefined;
  return isFiltered
    ? 'no plugin matches'
    : 'no plugins yet; put one into the plugin folder ("toru daemon status" says where), then "toru scan"';
}

/** Names and filters of the command line, checked. */
export function listParams(session: Session): Result<ListParams, ErrorBody> {
  const states = [...session.values('state'), ...(session.has('failed') ? ['failed'] : [])];
  for (const state of states) {
    if (!isState(state)) {
      const hint = nearestHint(state, PLUGIN_STATES) ?? `it is one of ${PLUGIN_STATES.join(', ')}`;
      return failure(errorBody('usage', `unknown state "${state}"`, { hint }));
    }
  }
  return success({
    ...session.selection,
    ...(states.length > 0 ? { states: states.filter(isState) } : {}),
    ...(session.has('enabled') ? { enabled: true } : {}),
  });
}

function isState(word: string): word is PluginStateName {
  return (PLUGIN_STATES as readonly string[]).includes(word);
}

/** CLI.md's columns; the order is that of COMPACT_COLUMNS. */
export function listTable(rows: readonly CompactRow[]): Table {
  const right: ReadonlySet<string> = new Set(['PID', 'UPTIME', 'RESTARTS', 'CPU', 'MEM']);
  const columns = COMPACT_COLUMNS.map((column) => {
    const title = TITLES[column] ?? column.toUpperCase();
    return right.has(title) ? { title, align: 'right' as const } : { title };
  });
  return { columns, rows: rows.map(listRow) };
}

const TITLES: Readonly<Record<string, string>> = {
  uptimeMs: 'UPTIME',
  cpuPercent: 'CPU',
  memoryBytes: 'MEM',
};

/** By index: taking a row apart by a pattern costs more than all the rest here. */
function listRow(row: CompactRow): (Cell | string)[] {
  return [
    row[0],
    { text: row[1], colour: stateColour(row[1]) },
    row[2] ? 'yes' : 'no',
    row[3],
    numberCell(row[4]),
    numberCell(row[5], formatDuration),
    numberCell(row[6]),
    numberCell(row[7], formatPercent),
    numberCell(row[8], formatSize),
    row[9],
  ];
}

function formatPercent(percent: number): string {
  return percent.toFixed(1);
}
