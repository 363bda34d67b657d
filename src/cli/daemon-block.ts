/** torud itself, as `toru status` and `toru daemon status` show it. */

import type { CallerStatus, DaemonStatus } from '../protocol/control/daemon.ts';
import type { Answer } from './output/answer.ts';
import { failed } from './output/answer.ts';
import { paint } from './output/colours.ts';
import { sanitise } from './output/sanitise.ts';
import { formatAge, formatClock, formatSize } from './output/sizes.ts';
import type { Session } from './session.ts';
import { daemonTable } from './status-table.ts';

const LABEL_WIDTH = 10;

export async function daemonAnswer(session: Session): Promise<Answer> {
  const result = await session.client.call('daemon.status', {}, session.globals.timeoutMs);
  if (!result.ok) return failed(result.failure);
  const { daemon } = result.value;
  return {
    document: { daemon },
    records: [daemon],
    values: [String(daemon.pid)],
    table: daemonTable(daemon),
    paintedText: daemonBlock(daemon, session.screen.hasColour, Date.now()),
  };
}

export function daemonBlock(daemon: DaemonStatus, hasColour: boolean, nowMs: number): string {
  const { total, running, failed: failedCount } = daemon.plugins;
  const facts: (readonly [label: string, text: string])[] = [
    [
      'Since',
      `${formatClock(daemon.since, nowMs)} (${formatAge(nowMs - Date.parse(daemon.since))}), pid ${daemon.pid}`,
    ],
    ...(daemon.reason === undefined ? [] : [['Why', daemon.reason] as const]),
    ['Plugins', `${total}; ${running} running, ${failedCount} failed`],
    ['Memory', formatSize(daemon.memoryBytes)],
    ['Protocol', `control ${daemon.protocol.control}, plugin ${daemon.protocol.plugin}`],
    ['Instance', daemon.instanceId],
    ['Settings', daemon.paths.configFile],
    ['Folder', daemon.paths.pluginFolder],
    ['Logs', daemon.paths.logFolder],
    ['Socket', daemon.paths.controlSocket],
    ...(daemon.caller === undefined ? [] : [['Access', accessText(daemon.caller)] as const]),
    ...daemon.problems.map((problem) => ['Problem', problem] as const),
  ];
  const isAiling = daemon.problems.length > 0 || failedCount > 0;
  const dot = hasColour ? paint('●', isAiling ? 'yellow' : 'green') : '●';
  const lines = facts.map(([label, text]) => `${`${label}:`.padStart(LABEL_WIDTH)} ${sanitise(text)}`);
  return [`${dot} torud ${sanitise(daemon.version)}`, ...lines].join('\n');
}

/** `operate (ann, uid 1001)`, `view, operate on web-* (ann, uid 1001)`. */
function accessText({ uid, name, role, rules }: CallerStatus): string {
  const some = rules
    .filter(({ plugins }) => plugins !== '*')
    .map((rule) => `${rule.role} on ${rule.plugins}`);
  const who = [name, uid === undefined ? undefined : `uid ${uid}`].filter((part) => part !== undefined);
  return `${[role, ...some].join(', ')}${who.length === 0 ? '' : ` (${who.join(', ')})`}`;
}
