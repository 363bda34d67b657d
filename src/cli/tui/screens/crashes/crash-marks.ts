/** Where crashes began: the first one after a plugin was installed, or its files or settings changed. Pure. */

import type { CrashSummary } from '../../../../protocol/control/crashes.ts';
import type { PluginEvent } from '../../../../protocol/control/events.ts';
import { formatClock } from '../../../output/sizes.ts';

/** Changes that are asked for, and remembered. */
export const MAX_CHANGES = 1_000;

/** What was done to a plugin before its crashes began. */
export interface Beginning {
  readonly plugin: string;
  /** RFC 3339 UTC. */
  readonly at: string;
  /** `1.4.0 was installed`. */
  readonly what: string;
}

/** What an event says was done to the files or settings of a plugin; undefined: neither. */
export function beginningOf({ plugin, at, type, details }: PluginEvent): Beginning | undefined {
  if (plugin === null) return undefined;
  const { version, from, to, settings } = details;
  if (type === 'installed')
    return { plugin, at, what: `${typeof version === 'string' ? version : 'it'} was installed` };
  if (typeof to === 'string' && typeof from === 'string')
    return { plugin, at, what: from === to ? 'its files changed' : `${to} replaced ${from}` };
  if (Array.isArray(settings) && settings.length > 0)
    return { plugin, at, what: 'its settings were changed' };
  return undefined;
}

/** The old ones and the new ones, oldest first, each once. */
export function withChanges(
  known: readonly PluginEvent[],
  found: readonly PluginEvent[],
): readonly PluginEvent[] {
  const newest = known.at(-1)?.id ?? 0;
  const fresh = found.filter((event) => event.id > newest && beginningOf(event) !== undefined);
  return fresh.length === 0 ? known : [...known, ...fresh].slice(-MAX_CHANGES);
}

/**
 * By the id of the crash that was the first one after it.
 * @param newestFirst of any plugins
 * @param isWhole false: older ones are not known, so that the oldest of a plugin need not be the first
 */
export function beginningsOf(
  newestFirst: readonly CrashSummary[],
  isWhole: boolean,
  changes: readonly PluginEvent[],
): ReadonlyMap<number, Beginning> {
  const waiting = new Map<string, Beginning[]>();
  for (const change of changes) {
    const beginning = beginningOf(change);
    if (beginning === undefined) continue;
    const ofPlugin = waiting.get(beginning.plugin);
    if (ofPlugin === undefined) waiting.set(beginning.plugin, [beginning]);
    else ofPlugin.push(beginning);
  }
  const marks = new Map<number, Beginning>();
  if (waiting.size === 0) return marks;
  const seen = new Set<string>();
  for (let at = newestFirst.length - 1; at >= 0; at -= 1) {
    const crash = newestFirst[at];
    if (crash === undefined) continue;
    const last = lastBefore(waiting.get(crash.plugin) ?? [], crash.at);
    const isOldest = !seen.has(crash.plugin);
    seen.add(crash.plugin);
    // A restart before it says that there was a crash before it, which is not kept any more.
    const isFirst = !isOldest || (isWhole && crash.restart === 0);
    if (last !== undefined && isFirst) marks.set(crash.id, last);
  }
  return marks;
}

/** Takes out all that happened up to then, and gives the last of them. */
function lastBefore(beginnings: Beginning[], at: string): Beginning | undefined {
  let last: Beginning | undefined;
  while (beginnings[0] !== undefined && beginnings[0].at <= at) last = beginnings.shift();
  return last;
}

/** `first after 1.4.0 was installed at 13:58:12`; not yet sanitised. */
export function beginningText({ what, at }: Beginning, wallMs: number): string {
  return `first after ${what} at ${formatClock(at, wallMs)}`;
}

/** Crashes without a stable stretch between them, among them this one. @param newestFirst of one plugin */
export function streakAround(newestFirst: readonly CrashSummary[], id: number): readonly CrashSummary[] {
  const at = newestFirst.findIndex((crash) => crash.id === id);
  if (at === -1) return [];
  const follows = (newer: number): boolean =>
    newestFirst[newer]?.restart === (newestFirst[newer + 1]?.restart ?? -2) + 1;
  let first = at;
  while (first > 0 && follows(first - 1)) first -= 1;
  let last = at;
  while (last < newestFirst.length - 1 && follows(last)) last += 1;
  return newestFirst.slice(first, last + 1);
}
