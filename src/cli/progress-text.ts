/** The words of the live line. Pure. */

import type { PluginStatus } from '../protocol/control/plugins.ts';
import { STATES_WITH_PROCESS } from '../protocol/plugin-state.ts';

export interface ProgressFacts {
  /** `stopping`, `starting`, … */
  readonly participle: string;
  /** What the line is about while nothing is known of plugins. */
  readonly subject: string;
  /** Those that the action is about, as they are now; undefined: not known, or it is not about plugins. */
  readonly plugins: readonly PluginStatus[] | undefined;
  /** By plugin: the run that was there when the line was begun. */
  readonly firstRunIds: ReadonlyMap<string, number | null>;
  /** Since the action was begun. */
  readonly seconds: number;
  /** By plugin that is being stopped: how long it has until it is killed. */
  readonly gracesMs: ReadonlyMap<string, number>;
}

/** Pending plugins that are named. */
const MAX_NAMED = 5;
const DOWN: ReadonlySet<string> = new Set(['stopping', 'disabling', 'removing']);

/** Empty when nobody is left. `stopping db: 7 s of 10 s, then KILL`, `stopping 3 of 12: db, web, crm: 7 s`, `starting web (waits for db): 3 s` */
export function progressText(facts: ProgressFacts): string {
  const { participle, subject, plugins, seconds } = facts;
  if (plugins === undefined || plugins.length === 0) return `${participle} ${subject}: ${seconds} s`;
  const pending = plugins.filter((plugin) => isPending(plugin, facts));
  if (pending.length === 0) return participle === 'reloading' ? `${participle} ${subject}: ${seconds} s` : '';
  const [only] = pending.length === 1 ? pending : plugins.length === 1 ? plugins : [];
  const count = plugins.length === 1 ? '' : `${pending.length} of ${plugins.length}: `;
  const shown = plugins.length === 1 ? plugins : pending;
  const names = shown.slice(0, MAX_NAMED).map(nameOf).join(', ');
  const more = shown.length > MAX_NAMED ? `, and ${shown.length - MAX_NAMED} more` : '';
  const grace = only === undefined ? '' : graceText(only, facts);
  return `${participle} ${count}${names}${more}: ${seconds} s${grace}`;
}

function isPending(plugin: PluginStatus, { participle, firstRunIds }: ProgressFacts): boolean {
  if (DOWN.has(participle)) return STATES_WITH_PROCESS.has(plugin.state);
  if (participle === 'waiting for') return STATES_WITH_PROCESS.has(plugin.state);
  if (participle === 'reloading') return plugin.state !== 'running' && plugin.wanted === 'up';
  if (plugin.state !== 'running') return true;
  return participle === 'restarting' && plugin.runId === firstRunIds.get(plugin.id);
}

function nameOf(plugin: PluginStatus): string {
  if (plugin.state !== 'waiting') return plugin.id;
  const lacking = plugin.dependencies.filter(({ required, state }) => required && state !== 'running');
  return lacking.length === 0
    ? plugin.id
    : `${plugin.id} (waits for ${lacking.map((one) => one.plugin).join(', ')})`;
}

function graceText(plugin: PluginStatus, { gracesMs, seconds }: ProgressFacts): string {
  const graceMs = plugin.state === 'stopping' ? gracesMs.get(plugin.id) : undefined;
  if (graceMs === undefined || seconds * 1000 > graceMs) return '';
  return ` of ${Number((graceMs / 1000).toFixed(1))} s, then KILL`;
}
