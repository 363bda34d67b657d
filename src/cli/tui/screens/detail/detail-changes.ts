/** Which questions of the detail screen a change of the model makes out of date. Pure. */

import type { PluginStatus, WatchItem } from '../../../../protocol/control/plugins.ts';
import type { Model } from '../../model.ts';
import { askedOnes, type Question } from './detail-questions.ts';
import { type DetailState, pluginOf } from './detail-state.ts';

/** @param before the model before the item */
export function staleBy(item: WatchItem, state: DetailState, before: Model): readonly Question[] {
  switch (item.kind) {
    case 'usage':
      return [];
    case 'snapshot':
      return unique(item.plugins.flatMap((plugin) => staleByPlugin(plugin, state, before)));
    case 'plugin':
      return staleByPlugin(item.plugin, state, before);
    case 'removed':
      return item.id === state.id
        ? []
        : [...TREES, ...(isNear(item.id, state, before) ? (['why'] as const) : [])];
  }
}

const TREES = ['needs', 'neededBy'] as const satisfies readonly Question[];

function staleByPlugin(plugin: PluginStatus, state: DetailState, before: Model): readonly Question[] {
  const known = before.plugins.get(plugin.id)?.plugin;
  if (plugin.id === state.id) {
    // A plugin that comes back is another one.
    if (known === undefined) return askedOnes(state.questions);
    const isOther = lifeOf(known) !== lifeOf(plugin);
    const hasOtherTies = tiesOf(known) !== tiesOf(plugin);
    // It is told of because something has changed; where that is not seen here, it is a setting.
    return ['show', ...(isOther ? LIFE : []), ...(hasOtherTies ? TREES : [])];
  }
  const hasOtherTies = known === undefined || tiesOf(known) !== tiesOf(plugin);
  const isFelt =
    isNear(plugin.id, state, before) && (known === undefined || lifeOf(known) !== lifeOf(plugin));
  return [...(hasOtherTies ? TREES : []), ...(isFelt ? (['why'] as const) : [])];
}

const LIFE = ['why', 'runs', 'crashes'] as const satisfies readonly Question[];

/** Other where its story is another one. Without what only counts on: uptime and figures. */
function lifeOf(plugin: PluginStatus): string {
  const { state, since, restarts, health, healthDetail, runId, pid, enabled, wanted, version } = plugin;
  const { reason, nextRestartAt, linesLost, lastCrash, lastExit, problems } = plugin;
  const ends = [lastCrash?.id, lastExit?.runId, lastExit?.at];
  const life = [state, since, restarts, health, healthDetail, runId, pid, enabled, wanted, version];
  return JSON.stringify([...life, reason, nextRestartAt, linesLost, ends, problems]);
}

/** Other where trees that it is in are drawn otherwise; states come from the model. */
function tiesOf({ version, state, dependencies, neededBy }: PluginStatus): string {
  const needs = dependencies.map(({ plugin, range, required }) => [plugin, range, required]);
  return JSON.stringify([version, state === 'invalid', needs, neededBy]);
}

/** Whether the paragraph of the shown plugin may speak of this one. */
function isNear(id: string, state: DetailState, before: Model): boolean {
  const plugin = pluginOf(state, before);
  const why = state.questions.why.value;
  return (
    plugin?.dependencies.some((one) => one.plugin === id) === true ||
    plugin?.neededBy.includes(id) === true ||
    why?.waitedForBy.includes(id) === true ||
    why?.waitsFor.some((one) => one.plugin === id || one.root === id) === true
  );
}

function unique(names: readonly Question[]): readonly Question[] {
  return [...new Set(names)];
}
