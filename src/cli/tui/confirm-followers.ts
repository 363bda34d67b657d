/** Who starts of itself once a plan is carried out: those that wait for what it starts. Pure. */

import type { PlanStep } from '../../protocol/control/plan.ts';
import type { Model } from './model.ts';

/** In the order in which they could start: a level waits for the one before it. */
export function followersOf(steps: readonly PlanStep[], { plugins }: Model): readonly PlanStep[] {
  const begins = steps.filter(
    ({ action, error }) => error === undefined && (action === 'start' || action === 'restart'),
  );
  const there = new Set(begins.map(({ plugin }) => plugin));
  if (there.size === 0) return [];
  const isThere = (id: string): boolean => there.has(id) || plugins.get(id)?.plugin.state === 'running';
  let waiting = [...plugins.values()].flatMap(({ plugin }) =>
    plugin.state === 'waiting' && !there.has(plugin.id) ? [plugin] : [],
  );
  const followers: PlanStep[] = [];
  for (let level = 0; ; level += 1) {
    const next = waiting.filter(({ dependencies }) =>
      dependencies.every(({ plugin, required, fits }) => !required || (fits && isThere(plugin))),
    );
    if (next.length === 0) return followers;
    for (const { id, state } of next) {
      there.add(id);
      followers.push({ plugin: id, action: 'start', level, because: 'it waits', state, lastMs: [] });
    }
    waiting = waiting.filter(({ id }) => !there.has(id));
  }
}
