/** What `toru why` says of plugins that wait for each other. Pure. */

import type { DependencyStatus } from '../../protocol/control/dependencies.ts';
import type { PluginStatus, WaitedFor } from '../../protocol/control/plugins.ts';
import { parseTime } from '../base/clock.ts';
import type { WhyFacts } from './why-facts.ts';
import { listText, span } from './why-times.ts';

/** Plugins between one that waits and the one at the root of it that are named; a longer chain is cut. */
const MAX_DEPTH = 16;

type Lookup = Pick<WhyFacts, 'statusOf' | 'nowMs'>;

/** Dependencies that are not ready, each with the reason down to its root. */
export function waitsFor(status: PluginStatus, lookup: Lookup): readonly WaitedFor[] {
  return unmet(status).map((dependency) => ({
    plugin: dependency.plugin,
    range: dependency.range,
    state: dependency.state,
    version: dependency.version,
    reason: reasonOf(dependency, lookup, [status.id]),
    root: rootOf(dependency, lookup, [status.id]),
  }));
}

/** Plugins in `waiting` that need it. */
export function waitedForBy(status: PluginStatus, { statusOf }: Lookup): readonly string[] {
  return status.neededBy.filter((id) => {
    const other = statusOf(id);
    return other?.state === 'waiting' && unmet(other).some((dependency) => dependency.plugin === status.id);
  });
}

/** `gateway waits for it. report needs it as well.`; empty when nobody does. */
export function waitedForText(status: PluginStatus, lookup: Lookup): string {
  const waiting = waitedForBy(status, lookup);
  const others = status.state === 'running' ? [] : alsoNeededBy(status, lookup, waiting);
  const first = waiting.length === 0 ? '' : `${subject(waiting, 'wait')} for it.`;
  const second = others.length === 0 ? '' : `${subject(others, 'need')} it${first === '' ? '' : ' as well'}.`;
  return [first, second].filter((sentence) => sentence !== '').join(' ');
}

/** Plugins that are wanted up, need it, and do not wait: they run without it, or will wait at their next start. */
function alsoNeededBy(
  status: PluginStatus,
  { statusOf }: Lookup,
  waiting: readonly string[],
): readonly string[] {
  return status.neededBy.filter((id) => {
    const other = statusOf(id);
    const needs = other?.dependencies.some(({ plugin, required }) => required && plugin === status.id);
    return other?.wanted === 'up' && needs === true && !waiting.includes(id);
  });
}

function subject(ids: readonly string[], verb: string): string {
  return `${listText(ids)} ${verb}${ids.length === 1 ? 's' : ''}`;
}

/** `analytics (needs ^1.2), which is in backoff: it ended with exit code 7`. */
export function waitsForText(waits: readonly WaitedFor[]): string {
  // The root of two is told once, where it is nearest.
  const nearFirst = waits.toSorted((one, other) => depthOf(one) - depthOf(other));
  const told: string[] = [];
  const parts = nearFirst.map(({ plugin, range, reason, root }) => {
    const from = reason.indexOf(`${root}, which is `);
    const tail = plugin === root ? reason : from < 0 ? undefined : reason.slice(from + root.length + 2);
    const isTold = tail !== undefined && plugin !== root && told.includes(`${root} ${tail}`);
    if (tail !== undefined) told.push(`${root} ${tail}`);
    const text = isTold ? `${reason.slice(0, from)}${root} as well` : reason;
    return `${plugin}${range === '*' ? '' : ` (needs ${range})`}, ${text}`;
  });
  return listText(parts);
}

function depthOf({ plugin, root }: WaitedFor): number {
  return plugin === root ? 0 : 1;
}

/** `analytics is ready`, `a db that fits ^3 is ready`, `crm is installed and ready`: what has to come true. */
export function awaitedText(waits: readonly WaitedFor[]): string {
  const parts = waits.map((wait) => {
    if (wait.state === null) return `${wait.plugin} is installed and ready`;
    return isUnfit(wait) ? `a ${wait.plugin} that fits ${wait.range} is ready` : `${wait.plugin} is ready`;
  });
  const plain = waits.every((wait) => wait.state !== null && !isUnfit(wait));
  if (!plain || waits.length === 1) return listText(parts);
  return `${listText(waits.map(({ plugin }) => plugin))} are ready`;
}

/** What to type for it to go on, one sentence each; empty where nothing would help. @param id that waits */
export function nextStepsText(id: string, waits: readonly WaitedFor[], { statusOf }: Lookup): string {
  const steps = waits.map((wait) => {
    const root = statusOf(wait.root);
    if (root === undefined) return `Install ${wait.root} with "toru install".`;
    if (isUnfit(wait)) return `Install a ${wait.plugin} that fits ${wait.range} with "toru install".`;
    if (wait.root === id) return '';
    const starts = IS_DOWN.has(root.state) ? `"toru start ${wait.root}" starts ${wait.root} again; ` : '';
    return `${starts}"toru why ${wait.root}" says more.`;
  });
  return [...new Set(steps)].filter((step) => step !== '').join(' ');
}

/** States that nothing but a person ends. */
const IS_DOWN: ReadonlySet<string> = new Set(['failed', 'exited']);

function isUnfit({ state, reason }: WaitedFor): boolean {
  return state !== null && reason.startsWith('of which ');
}

function unmet(status: PluginStatus): readonly DependencyStatus[] {
  return status.dependencies.filter(
    ({ required, state, fits }) => required && !(state === 'running' && fits),
  );
}

/** @param path ids from the plugin that is asked for down to here, so that a circle ends */
function reasonOf(dependency: DependencyStatus, lookup: Lookup, path: readonly string[]): string {
  const { plugin, range, state, version, fits } = dependency;
  const other = lookup.statusOf(plugin);
  if (state === null || other === undefined) return 'which is not installed';
  if (!fits)
    return `of which ${version ?? 'an unknown version'} is installed, and that does not fit ${range}`;
  if (path.includes(plugin)) return 'which waits for it in turn: the two need each other';
  const deeper = state === 'waiting' && path.length < MAX_DEPTH ? unmet(other) : [];
  if (deeper.length > 0) {
    const below = [...path, plugin];
    const parts = deeper.map((one) => `${one.plugin}, ${reasonOf(one, lookup, below)}`);
    return `which waits for ${listText(parts)}`;
  }
  return `which is ${state === 'backoff' ? 'in backoff' : state}: ${other.reason}${nextText(other, lookup.nowMs)}`;
}

/** The plugin at the bottom, whose mending lets all others go on. */
function rootOf(dependency: DependencyStatus, lookup: Lookup, path: readonly string[]): string {
  const other = lookup.statusOf(dependency.plugin);
  if (
    other === undefined ||
    !dependency.fits ||
    path.includes(dependency.plugin) ||
    path.length >= MAX_DEPTH
  ) {
    return dependency.plugin;
  }
  const [deeper] = other.state === 'waiting' ? unmet(other) : [];
  return deeper === undefined ? other.id : rootOf(deeper, lookup, [...path, dependency.plugin]);
}

function nextText({ nextRestartAt }: PluginStatus, nowMs: number): string {
  return nextRestartAt === null ? '' : `, next try in ${span(parseTime(nextRestartAt) - nowMs)}`;
}
