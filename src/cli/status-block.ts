/** One plugin in full, as `toru status` shows it (SCREENS.md). */

import type { CrashSummary } from '../protocol/control/crashes.ts';
import type { DependencyStatus } from '../protocol/control/dependencies.ts';
import type { Actor, PluginStatus } from '../protocol/control/plugins.ts';
import { actorText, reasonText } from './actor-text.ts';
import { paint, stateColour } from './output/colours.ts';
import { sanitise } from './output/sanitise.ts';
import {
  formatAge,
  formatClock,
  formatDateTime,
  formatDuration,
  formatSize,
  formatSpan,
} from './output/sizes.ts';

const LABEL_WIDTH = 10;

export interface BlockStyle {
  readonly hasColour: boolean;
  readonly nowMs: number;
}

/** `plugin.show`'s properties: what the status itself does not carry. Empty where they could not be had. */
export type Properties = Readonly<Record<string, unknown>>;

/** @param logLines ready to print, oldest first */
export function statusBlock(
  plugin: PluginStatus,
  logLines: readonly string[],
  style: BlockStyle,
  properties: Properties = {},
): string {
  const colour = style.hasColour ? stateColour(plugin.state) : undefined;
  const title = plugin.description || plugin.name;
  const facts: (readonly [label: string, text: string])[] = [
    ['State', stateText(plugin, style.nowMs, properties)],
    ['Why', reasonText(plugin.reason, plugin.actor)],
    ['Enabled', enabledText(plugin, properties)],
    ...processFacts(plugin),
    ...relationFacts(plugin),
    ...limitFacts(properties),
    ['Restarts', String(plugin.restarts)],
    ['Crash', plugin.lastCrash === null ? 'none' : crashText(plugin.lastCrash, style.nowMs)],
    ['Logs', `${plugin.linesLost} ${plugin.linesLost === 1 ? 'line' : 'lines'} lost`],
    ...plugin.problems.map((problem) => ['Problem', problem] as const),
  ];
  const head = `${paint('●', colour)} ${sanitise(`${plugin.id} - ${title} (${plugin.version}, ${plugin.runtime})`)}`;
  const lines = facts.map(([label, text]) => {
    const safe = sanitise(text);
    return `${(label === '' ? '' : `${label}:`).padStart(LABEL_WIDTH)} ${label === 'State' ? paint(safe, colour) : safe}`;
  });
  return [head, ...lines, ...(logLines.length > 0 ? ['', ...logLines] : [])].join('\n');
}

function stateText(plugin: PluginStatus, nowMs: number, properties: Properties): string {
  const health = plugin.health === 'unhealthy' ? ', unhealthy' : '';
  const since = `${plugin.state}${health} since ${formatClock(plugin.since, nowMs)} (${formatAge(nowMs - Date.parse(plugin.since))})`;
  if (plugin.nextRestartAt === null) return since;
  const limit = properties['restart.limit'];
  const count = typeof limit === 'number' ? ` (${plugin.restarts} of ${limit})` : '';
  return `${since}; next try in ${formatSpan(Math.max(0, Date.parse(plugin.nextRestartAt) - nowMs))}${count}`;
}

/** `yes (by ops (uid 1000), 2026-11-02 12:00:00)`. */
export function enabledText({ enabled }: PluginStatus, { enabledAt, enabledActor }: Properties): string {
  const word = enabled ? 'yes' : 'no';
  if (typeof enabledAt !== 'string') return word;
  const who = actorText((enabledActor ?? null) as Actor | null);
  return `${word} (${who === '' ? '' : `by ${who}, `}${formatDateTime(enabledAt)})`;
}

function relationFacts(plugin: PluginStatus): (readonly [string, string])[] {
  const { dependencies, neededBy, groups } = plugin;
  return [
    ...dependencies.map((one, index) => [index === 0 ? 'Depends' : '', dependencyText(one)] as const),
    ...(neededBy.length > 0 ? [['Needed by', neededBy.join(', ')] as const] : []),
    ...(groups.length > 0 ? [['Groups', groups.map((group) => `@${group}`).join(', ')] as const] : []),
  ];
}

/** `crm ^2.0 (running 2.3.1) ✓`: the mark says that it is met now. */
function dependencyText({ plugin, range, required, state, version, fits }: DependencyStatus): string {
  const isMet = state === 'running' && fits;
  const is = state === null ? 'not installed' : `${state} ${version ?? ''}`.trim();
  const misfit = state !== null && !fits ? ', does not fit' : '';
  const optional = required ? '' : ', optional';
  return `${plugin}${range === '*' ? '' : ` ${range}`} (${is}${misfit}${optional}) ${isMet ? '✓' : '✗'}`;
}

const LIMITS: readonly (readonly [key: string, name: string, show: (value: number) => string])[] = [
  ['limits.memoryBytes', 'memory', formatSize],
  ['limits.nofile', 'nofile', String],
  ['limits.nproc', 'nproc', String],
  ['limits.coreBytes', 'core', formatSize],
  ['limits.cpuSeconds', 'CPU', (seconds) => formatDuration(seconds * 1000)],
  ['limits.fileSizeBytes', 'file size', formatSize],
];

/** Empty where the properties could not be had. */
export function limitFacts(properties: Properties): (readonly [string, string])[] {
  if (Object.keys(properties).length === 0) return [];
  const limits = LIMITS.flatMap(([key, name, show]) => {
    const value = properties[key];
    return typeof value === 'number' ? [`${name} ${show(value)}`] : [];
  });
  const { user } = properties;
  const owner = typeof user === 'string' ? [`user ${user}`] : [];
  return [['Limits', [...limits, ...owner].join(' · ') || 'none']];
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
