/** `toru status --plain`: one record a plugin, or one of torud; the keys of the JSON document as columns. */

import type { DaemonStatus } from '../protocol/control/daemon.ts';
import type { PluginStatus } from '../protocol/control/plugins.ts';
import { actorText } from './actor-text.ts';
import type { Cell, Table } from './output/table.ts';
import { ABSENT, numberCell } from './output/table.ts';
import { causeText } from './status-block.ts';

/** Stands between several texts of one field. */
const AND = '; ';

type Field<Item> = readonly [title: string, cell: (item: Item) => Cell | string];

const PLUGIN_FIELDS: readonly Field<PluginStatus>[] = [
  ['ID', ({ id }) => id],
  ['STATE', ({ state }) => state],
  ['ENABLED', ({ enabled }) => yesNo(enabled)],
  ['WANTED', ({ wanted }) => wanted],
  ['HEALTH', ({ health }) => health],
  ['RUNTIME', ({ runtime }) => runtime],
  ['VERSION', ({ version }) => version],
  ['PID', ({ pid }) => numberCell(pid)],
  ['RUN', ({ runId }) => numberCell(runId)],
  ['SINCE', ({ since }) => since],
  ['UPTIME', ({ uptimeMs }) => numberCell(uptimeMs)],
  ['RESTARTS', ({ restarts }) => numberCell(restarts)],
  ['NEXT-RESTART', ({ nextRestartAt }) => nextRestartAt ?? ABSENT],
  ['CPU', ({ cpuPercent }) => numberCell(cpuPercent)],
  ['MEM', ({ memoryBytes }) => numberCell(memoryBytes)],
  ['LINES-LOST', ({ linesLost }) => numberCell(linesLost)],
  [
    'LAST-CRASH',
    ({ lastCrash }) => (lastCrash === null ? ABSENT : `${lastCrash.id} ${causeText(lastCrash)}`),
  ],
  ['NAME', ({ name }) => name || ABSENT],
  ['BY', ({ actor }) => actorText(actor) || ABSENT],
  ['REASON', ({ reason }) => reason || ABSENT],
  ['PROBLEMS', ({ problems }) => problems.join(AND) || ABSENT],
];

const DAEMON_FIELDS: readonly Field<DaemonStatus>[] = [
  ['VERSION', ({ version }) => version],
  ['PID', ({ pid }) => numberCell(pid)],
  ['SINCE', ({ since }) => since],
  ['INSTANCE', ({ instanceId }) => instanceId],
  ['CONTROL', ({ protocol }) => numberCell(protocol.control)],
  ['PLUGIN', ({ protocol }) => numberCell(protocol.plugin)],
  ['TOTAL', ({ plugins }) => numberCell(plugins.total)],
  ['RUNNING', ({ plugins }) => numberCell(plugins.running)],
  ['FAILED', ({ plugins }) => numberCell(plugins.failed)],
  ['MEM', ({ memoryBytes }) => numberCell(memoryBytes)],
  ['SETTINGS', ({ paths }) => paths.configFile],
  ['FOLDER', ({ paths }) => paths.pluginFolder],
  ['LOGS', ({ paths }) => paths.logFolder],
  ['SOCKET', ({ paths }) => paths.controlSocket],
  ['PROBLEMS', ({ problems }) => problems.join(AND) || ABSENT],
];

export function statusTable(plugins: readonly PluginStatus[]): Table {
  return tableOf(PLUGIN_FIELDS, plugins);
}

export function daemonTable(daemon: DaemonStatus): Table {
  return tableOf(DAEMON_FIELDS, [daemon]);
}

function tableOf<Item>(fields: readonly Field<Item>[], items: readonly Item[]): Table {
  return {
    columns: fields.map(([title]) => ({ title })),
    rows: items.map((item) => fields.map(([, cell]) => cell(item))),
  };
}

function yesNo(is: boolean): string {
  return is ? 'yes' : 'no';
}
