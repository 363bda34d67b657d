/** What happened last to a plugin, in a few words for the list. */

import type { PluginStatus } from '../../../protocol/control/plugins.ts';
import { formatSpan } from '../../output/sizes.ts';
import type { Context } from '../screen.ts';

export function lastText(plugin: PluginStatus, { wallMs, look }: Context): string {
  const ago = `${formatSpan(Math.max(0, wallMs - Date.parse(plugin.since)))} ago`;
  const dot = ` ${look.signs.between} `;
  switch (plugin.state) {
    case 'running':
      return plugin.health === 'unhealthy' ? (plugin.healthDetail ?? 'unhealthy') : `ready ${ago}`;
    case 'backoff': {
      const dueMs = plugin.nextRestartAt === null ? 0 : Date.parse(plugin.nextRestartAt) - wallMs;
      return `${endText(plugin)}${dot}retry ${plugin.restarts} in ${formatSpan(Math.max(0, dueMs))}`;
    }
    case 'failed':
      return `${endText(plugin)}${dot}gave up ${ago}`;
    case 'exited':
      return `${endText(plugin)}${dot}${ago}`;
    case 'stopped':
      return plugin.actor?.name === undefined ? `${plugin.reason}` : `by ${plugin.actor.name}${dot}${ago}`;
    default:
      return plugin.reason;
  }
}

function endText({ lastCrash, lastExit, reason }: PluginStatus): string {
  const end = lastCrash ?? undefined;
  if (end?.signal) return end.signal;
  if (end !== undefined && end.exitCode !== null) return `exit ${end.exitCode}`;
  if (end !== undefined) return end.cause;
  if (lastExit?.code !== null && lastExit?.code !== undefined) return `exit ${lastExit.code}`;
  return reason;
}
