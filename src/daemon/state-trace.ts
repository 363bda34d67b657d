/** Debug lines of torud's own log about the states of plugins: each step, also those that leave no event behind. */

import type { PluginStatus } from '../protocol/control/plugins.ts';
import type { EventBus } from './base/event-bus.ts';
import type { SupervisorLevel, SupervisorLog } from './base/supervisor-log.ts';

type Traced = Pick<PluginStatus, 'state' | 'wanted' | 'health' | 'reason' | 'pid'>;

/** Costs nothing but a comparison while the level is another one. Returns the function that ends it. */
export function traceStates(
  bus: EventBus,
  log: SupervisorLog & { readonly level: SupervisorLevel },
  statusOf: (id: string) => Traced | undefined,
): () => void {
  const known = new Map<string, string>();
  const ends = [
    bus.subscribe('plugin-changed', ({ id }) => {
      if (log.level !== 'debug') {
        known.clear();
        return;
      }
      const status = statusOf(id);
      if (status === undefined) return;
      const { state, wanted, health, reason, pid } = status;
      const now = `${state} ${wanted} ${health} ${pid}`;
      if (known.get(id) === now) return;
      const from = known.get(id)?.split(' ')[0];
      known.set(id, now);
      log.write('debug', 'state', { plugin: id, from, state, wanted, health, pid, reason });
    }),
    bus.subscribe('plugin-removed', ({ id }) => known.delete(id)),
  ];
  return () => {
    for (const end of ends) end();
  };
}
