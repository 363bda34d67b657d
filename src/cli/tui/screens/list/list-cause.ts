/** The strip below the list: why the chosen plugin is as it is, from what is known of it anyway. Pure. */

import type { PluginStatus } from '../../../../protocol/control/plugins.ts';
import { reasonText } from '../../../actor-text.ts';
import { sanitise } from '../../../output/sanitise.ts';
import { formatSpan } from '../../../output/sizes.ts';
import { wrap } from '../../../output/wrap.ts';
import { causeText } from '../../../status-block.ts';
import { shortMoment } from '../../coarse-time.ts';
import { BLANK, type Frame, line, span } from '../../frame.ts';
import { STATE_ROLES } from '../../look.ts';
import { isUnhealthy } from '../../model.ts';
import type { Context } from '../../screen.ts';
import { dueText } from './last-text.ts';

/** Lines of text in the strip. */
export const CAUSE_ROWS = 2;

/** Always as many lines, so that nothing below moves. */
export function causeView(plugin: PluginStatus | undefined, context: Context): Frame {
  const blank = Array.from({ length: CAUSE_ROWS }, () => BLANK);
  if (plugin === undefined) return blank;
  const head = `${sanitise(plugin.id)}: `;
  const lines = wrap(sanitise(head + causeSentence(plugin, context)), Math.max(10, context.size.columns - 2));
  const role = isUnhealthy(plugin) ? 'bad' : STATE_ROLES[plugin.state];
  const seen = Math.max(0, CAUSE_ROWS - (context.coveredRows ?? 0));
  const shown = lines.slice(0, seen).map((text, index) => {
    const isCut = index === seen - 1 && lines.length > seen;
    const whole = ` ${text}${isCut ? ` ${context.look.signs.ellipsis}` : ''}`;
    const lead = index === 0 ? whole.slice(0, Math.min(whole.length, head.length)) : '';
    return line(span(lead, role === 'plain' || role === 'dim' ? 'strong' : role), whole.slice(lead.length));
  });
  return [...shown, ...blank].slice(0, CAUSE_ROWS);
}

/** `backoff since 14:02: exit 7 after 2.1 s (crash 311, restart 3). Next try in 5 s. gateway waits for it.` */
export function causeSentence(plugin: PluginStatus, context: Context): string {
  const health = healthSentence(plugin);
  const state = health === '' ? plugin.state : 'Running';
  const since = `${state} since ${shortMoment(plugin.since, context.wallMs)}`;
  const sentences = [
    health,
    `${since}: ${reasonText(plugin.reason, plugin.actor)}`,
    crashSentence(plugin, context),
    nextSentence(plugin, context),
    waitersSentence(plugin, context),
    ...plugin.problems,
  ];
  return sentences
    .filter((one) => one !== '')
    .map((one) => (/[.!?]$/.test(one) ? one : `${one}.`))
    .join(' ');
}

function healthSentence(plugin: PluginStatus): string {
  if (!isUnhealthy(plugin)) return '';
  const { healthDetail } = plugin;
  return healthDetail === undefined ? 'unhealthy' : `unhealthy: its health check says "${healthDetail}"`;
}

function crashSentence({ lastCrash, state, restarts }: PluginStatus, { wallMs }: Context): string {
  if (lastCrash === null) return '';
  const crash = `${causeText(lastCrash)} after ${formatSpan(lastCrash.uptimeMs)}`;
  const count = restarts > 0 ? `, restart ${restarts}` : '';
  return state === 'backoff' || state === 'failed'
    ? `Crash ${lastCrash.id}: ${crash}${count}`
    : `Last crash ${shortMoment(lastCrash.at, wallMs)}: ${crash}${count}`;
}

function nextSentence(plugin: PluginStatus, context: Context): string {
  switch (plugin.state) {
    case 'backoff':
      return `Next try ${dueText(plugin, context) || 'soon'}`;
    case 'failed':
      return 'Nothing starts it again until "r" or "R" (toru reset-failed)';
    case 'invalid':
      return 'Mend that; torud looks again by itself';
    default:
      return '';
  }
}

function waitersSentence({ id, state, neededBy }: PluginStatus, { model }: Context): string {
  if (state === 'running') return '';
  const waiting = neededBy.filter((other) => model.plugins.get(other)?.plugin.state === 'waiting');
  const [first] = waiting;
  if (first === undefined || first === id) return '';
  return waiting.length === 1 ? `${first} waits for it` : `${waiting.join(', ')} wait for it`;
}
