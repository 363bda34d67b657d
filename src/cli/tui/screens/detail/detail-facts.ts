/** What is known of a plugin, a label and a text each. Pure. */

import type { CrashSummary } from '../../../../protocol/control/crashes.ts';
import type { PluginStatus } from '../../../../protocol/control/plugins.ts';
import { reasonText } from '../../../actor-text.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { formatClock, formatSize, formatSpan } from '../../../output/sizes.ts';
import { padTo } from '../../../output/width.ts';
import { causeText, enabledText, limitFacts } from '../../../status-block.ts';
import { coarseAge } from '../../coarse-time.ts';
import { type Frame, type Line, line, type Role, type Span, span } from '../../frame.ts';
import { STATE_LETTERS, STATE_ROLES } from '../../look.ts';
import { uptimeMs } from '../../model.ts';
import type { Context } from '../../screen.ts';
import { cpuScale, memoryScale, type Scale, sparkline } from '../../sparkline.ts';
import { factLines, labelled } from './detail-lines.ts';
import { type DetailState, pluginOf } from './detail-state.ts';
import { metText, needOf } from './detail-tree.ts';
import { dueText } from './detail-why.ts';

const SPARKLINE_WIDTH = 20;

/** Letter, word and health of the state. */
export function stateSpans(plugin: PluginStatus): readonly Span[] {
  const isUnhealthy = plugin.health === 'unhealthy';
  const role: Role = isUnhealthy ? 'bad' : STATE_ROLES[plugin.state];
  const letter = isUnhealthy ? 'H' : STATE_LETTERS[plugin.state];
  return [span(`${letter} ${plugin.state}${isUnhealthy ? ', unhealthy' : ''}`, role)];
}

export function factsOf(plugin: PluginStatus, state: DetailState, context: Context): Frame {
  const { columns } = context.size;
  const fact = (label: string, text: string, role: Role = 'plain'): Frame =>
    factLines(label, sanitiseField(text), columns, role);
  const properties = state.questions.show.value?.properties ?? {};
  const between = ` ${context.look.signs.between} `;
  return [
    stateLine(plugin, context),
    ...(plugin.nextRestartAt === null ? [] : fact('Next try', nextTry(plugin, properties, context), 'busy')),
    ...fact('Because', reasonText(plugin.reason, plugin.actor)),
    ...(plugin.health === 'unknown' ? [] : fact('Health', healthText(plugin), healthRole(plugin))),
    ...fact('Enabled', enabledText(plugin, properties)),
    ...processLines(plugin, state, context),
    ...fact('Version', `${plugin.version}, ${plugin.runtime}`),
    ...fact('Restarts', String(plugin.restarts)),
    ...endFacts(plugin, context, fact),
    ...relationFacts(plugin, context, fact),
    ...limitFacts(properties).flatMap(([label, text]) => fact(label, text.replaceAll(' · ', between))),
    ...fact('Logs', lostText(plugin), plugin.linesLost > 0 ? 'bad' : 'plain'),
    ...plugin.problems.flatMap((problem) => fact('Problem', problem, 'bad')),
    ...pathFacts(properties, fact),
    ...commandLines(state, fact),
  ];
}

type Fact = (label: string, text: string, role?: Role) => Frame;

function stateLine(plugin: PluginStatus, { wallMs }: Context): Line {
  const age = coarseAge(wallMs - Date.parse(plugin.since));
  const since = ` since ${formatClock(plugin.since, wallMs)} (${age} ago)`;
  if (plugin.health !== 'unhealthy') return labelled('State', ...stateSpans(plugin), span(since));
  // It is the state that began then, not the illness.
  return labelled('State', span(`H ${plugin.state}`, 'bad'), span(since), span(', unhealthy', 'bad'));
}

function nextTry(
  { nextRestartAt, restarts }: PluginStatus,
  properties: Readonly<Record<string, unknown>>,
  { wallMs }: Context,
): string {
  if (nextRestartAt === null) return '';
  const limit = properties['restart.limit'];
  const of = typeof limit === 'number' ? ` of ${limit}` : '';
  return `${dueText(nextRestartAt, wallMs)}, at ${formatClock(nextRestartAt, wallMs)} (restart ${restarts}${of})`;
}

function healthText({ health, healthDetail }: PluginStatus): string {
  return healthDetail === undefined ? health : `${health}: ${healthDetail}`;
}

function healthRole({ health }: PluginStatus): Role {
  return health === 'unhealthy' ? 'bad' : 'good';
}

function processLines(plugin: PluginStatus, state: DetailState, context: Context): Frame {
  if (plugin.pid === null) return [];
  const watched = context.model.plugins.get(state.id);
  const up = watched === undefined ? plugin.uptimeMs : uptimeMs(watched, context.nowMs);
  const uptime = up === null ? '' : `, up ${coarseAge(up)}`;
  const { cpuHistory = [], memoryHistory = [] } = watched ?? {};
  const { absent, bars } = context.look.signs;
  const cpu = plugin.cpuPercent === null ? absent : `${plugin.cpuPercent.toFixed(1)} %`;
  const memory = plugin.memoryBytes === null ? absent : formatSize(plugin.memoryBytes);
  const figures = (label: string, text: string, history: readonly number[], scale: Scale): Line =>
    labelled(
      label,
      ...line(
        padTo(text, 8, 'right'),
        '  ',
        span(sparkline(history, SPARKLINE_WIDTH, bars, context.model.samples ?? 0, scale), 'accent'),
        span('  60 s', 'dim'),
      ),
    );
  return [
    labelled('PID', span(`${plugin.pid} (run ${plugin.runId ?? '?'}${uptime})`)),
    figures('CPU', cpu, cpuHistory, cpuScale(cpuHistory)),
    figures('Memory', memory, memoryHistory, memoryScale(memoryHistory)),
  ];
}

function endFacts({ lastCrash, lastExit }: PluginStatus, { wallMs }: Context, fact: Fact): Frame {
  const isCrash = lastCrash !== null && lastExit?.runId === lastCrash.runId;
  const end = lastExit?.signal ?? (lastExit?.code == null ? 'nobody saw how' : `exit ${lastExit.code}`);
  return [
    ...(lastExit === null || isCrash
      ? []
      : fact(
          'Last end',
          `${end}, run ${lastExit.runId}, ${coarseAge(wallMs - Date.parse(lastExit.at))} ago`,
        )),
    ...fact('Last crash', lastCrash === null ? 'none' : lastCrashText(lastCrash, wallMs)),
  ];
}

function lastCrashText(crash: CrashSummary, wallMs: number): string {
  const age = coarseAge(wallMs - Date.parse(crash.at));
  return `#${crash.id}, ${causeText(crash)} after ${formatSpan(crash.uptimeMs)}, ${age} ago`;
}

function relationFacts(plugin: PluginStatus, context: Context, fact: Fact): Frame {
  const { dependencies, neededBy, groups } = plugin;
  return [
    ...dependencies.flatMap((one, at) => {
      const need = needOf(one, context);
      const text = `${one.plugin}${one.range === '*' ? '' : ` ${one.range}`} (${need.is}) ${metText(need)}`;
      return fact(at === 0 ? 'Needs' : '', text, need.isMet || !one.required ? 'plain' : 'busy');
    }),
    ...(neededBy.length === 0 ? [] : fact('Needed by', neededBy.join(', '))),
    ...(groups.length === 0 ? [] : fact('Groups', groups.map((group) => `@${group}`).join(', '))),
  ];
}

function lostText({ linesLost }: PluginStatus): string {
  return `${linesLost} ${linesLost === 1 ? 'line' : 'lines'} lost`;
}

function pathFacts({ path }: Readonly<Record<string, unknown>>, fact: Fact): Frame {
  return typeof path === 'string' ? fact('Path', path) : [];
}

/** What takes it further, as torud sees it. */
function commandLines({ questions }: DetailState, fact: Fact): Frame {
  const commands = questions.why.value?.commands ?? [];
  return commands.flatMap((command, at) => fact(at === 0 ? 'Next' : '', `$ ${command}`, 'accent'));
}

/** Whether there is anything to show of it. */
export function knownPlugin(state: DetailState, { model }: Context): PluginStatus | undefined {
  return pluginOf(state, model);
}
