/** One plugin in full, as `toru status` shows it (SCREENS.md). */

import type { CrashSummary } from '../protocol/control/crashes.ts';
import type { PluginStatus } from '../protocol/control/plugins.ts';
import { reasonText } from './actor-text.ts';
import { paint, stateColour } from './output/colours.ts';
import { sanitise } from './output/sanitise.ts';
import { formatAge, formatClock, formatDuration, formatSize, formatSpan } from './output/sizes.ts';

const LABEL_WIDTH = 10;

export interface BlockStyle {
  readonly hasColour: boolean;
  readonly nowMs: number;
}

/** @param logLines ready to print, oldest first */
export function statusBlock(plugin: PluginStatus, logLines: readonly string[], style: BlockStyle): string {
  const colour = style.hasColour ? stateColour(plugin.state) : undefined;
  const title = plugin.description || plugin.name;
  const facts: (readonly [label: string, text: string])[] = [
    ['State', stateText(plugin, style.nowMs)],
    ['Why', reasonText(plugin.reason, plugin.actor)],
    ['Enabled', plugin.enabled ? 'yes' : 'no'],
    ...processFacts(plugin),
    ['Restarts', String(plugin.restarts)],
    ['Crash', plugin.lastCrash === null ? 'none' : crashText(plugin.lastCrash, style.nowMs)],
    ['Logs', `${plugin.linesLost} lines lost`],
    ...plugin.problems.map((problem) => ['Problem', problem] as const),
  ];
  const head = `${paint('●', colour)} ${sanitise(`${plugin.id} - ${title} (${plugin.version}, ${plugin.runtime})`)}`;
  const lines = facts.map(([label, text]) => {
    const safe = sanitise(text);
    return `${`${label}:`.padStart(LABEL_WIDTH)} ${label === 'State' ? paint(safe, colour) : safe}`;
  });
  return [head, ...lines, ...(logLines.length > 0 ? ['', ...logLines] : [])].join('\n');
}

function stateText(plugin: PluginStatus, nowMs: number): string {
  const health = plugin.health === 'unhealthy' ? ', unhealthy' : '';
  const since = `${plugin.state}${health} since ${formatClock(plugin.since, nowMs)} (${formatAge(nowMs - Date.parse(plugin.since))})`;
  if (plugin.nextRestartAt === null) return since;
  return `${since}; next try in ${formatSpan(Math.max(0, Date.parse(plugin.nextRestartAt) - nowMs))}`;
}

function processFacts(plugin: PluginStatus): (readonly [string, string])[] {
  if (plugin.pid === null) return [];
  const uptime = plugin.uptimeMs === null ? '' : `, up ${formatDuration(plugin.uptimeMs)}`;
  const memory = plugin.memoryBytes === null ? 'unknown' : formatSize(plugin.memoryBytes);
  const cpu = plugin.cpuPercent === null ? '' : `; CPU ${plugin.cpuPercent.toFixed(1)} %`;
  const detail = plugin.healthDetail === undefined ? '' : `: ${plugin.healthDetail}`;
  return [
    ['PID', `${plugin.pid} (run ${plugin.runId ?? '?'}${uptime})`],
    ['Health', `${plugin.health}${detail}`],
    ['Memory', `${memory}${cpu}`],
  ];
}

function crashText(crash: CrashSummary, nowMs: number): string {
  const age = formatAge(nowMs - Date.parse(crash.at));
  return `#${crash.id}, ${causeText(crash)} after ${formatSpan(crash.uptimeMs)}, ${age}`;
}

/** `exit 7`, `SIGSEGV, core dumped`, `out of memory`, … */
export function causeText(crash: Pick<CrashSummary, 'cause' | 'exitCode' | 'signal' | 'coreDumped'>): string {
  const end = crash.signal ?? (crash.exitCode === null ? undefined : `exit ${crash.exitCode}`);
  const core = crash.coreDumped ? ', core dumped' : '';
  switch (crash.cause) {
    case 'exit':
    case 'signal':
      return `${end ?? crash.cause}${core}`;
    case 'oom':
      return `out of memory${core}`;
    case 'start-timeout':
      return 'not ready in time';
    case 'health':
      return 'health checks failed';
    case 'protocol':
      return 'broke the plugin protocol';
    case 'spawn':
      return 'could not be started';
    default:
      return String(crash.cause satisfies never);
  }
}
