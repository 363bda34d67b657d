/** What happened last to a plugin, in a few words for the list; by the clock, so that it stands still. */

import type { PluginStatus } from '../../../../protocol/control/plugins.ts';
import { formatSpan } from '../../../output/sizes.ts';
import { causeText } from '../../../status-block.ts';
import { shortMoment } from '../../coarse-time.ts';
import type { Signs } from '../../look.ts';

/** What time it is, and what stands between two facts. */
export interface LastContext {
  readonly wallMs: number;
  readonly look: { readonly signs: Pick<Signs, 'between'> };
}

/** A try that is due later than this is named by the clock, one that is due sooner is counted down. */
const COUNTDOWN_MS = 60_000;

export function lastText(plugin: PluginStatus, context: LastContext): string {
  const at = shortMoment(plugin.since, context.wallMs);
  const dot = ` ${context.look.signs.between} `;
  switch (plugin.state) {
    case 'running':
      return runningText(plugin, at, dot);
    case 'backoff':
      return `${endText(plugin)}${dot}retry ${dueText(plugin, context)}`;
    case 'failed':
      return `${endText(plugin)}${dot}gave up ${at}`;
    case 'exited':
      return `${endText(plugin)}${dot}${at}`;
    case 'stopped':
      return plugin.actor?.name === undefined ? plugin.reason : `by ${plugin.actor.name}${dot}${at}`;
    default:
      return plugin.reason;
  }
}

/** `in 5 s`, `at 14:05`, `now`. Empty without a time. */
export function dueText({ nextRestartAt }: PluginStatus, { wallMs }: Pick<LastContext, 'wallMs'>): string {
  if (nextRestartAt === null) return '';
  const dueMs = Date.parse(nextRestartAt) - wallMs;
  if (dueMs > COUNTDOWN_MS) return `at ${shortMoment(nextRestartAt, wallMs)}`;
  return dueMs <= 0 ? 'now' : `in ${formatSpan(Math.ceil(dueMs / 1000) * 1000)}`;
}

/** How the last run ended: `exit 7`, `SIGSEGV`, `not ready in time`. */
export function endText({ lastCrash, lastExit, reason }: PluginStatus): string {
  if (lastCrash !== null && (lastExit === null || lastCrash.runId >= lastExit.runId))
    return causeText(lastCrash);
  if (lastExit?.signal) return lastExit.signal;
  return typeof lastExit?.code === 'number' ? `exit ${lastExit.code}` : reason;
}

function runningText(plugin: PluginStatus, at: string, dot: string): string {
  if (plugin.health === 'unhealthy') return plugin.healthDetail ?? 'unhealthy';
  const [problem] = plugin.problems;
  if (problem !== undefined) return problem;
  const crash =
    plugin.restarts > 0 && plugin.lastCrash !== null ? `${dot}after ${causeText(plugin.lastCrash)}` : '';
  return `ready ${at}${crash}`;
}
