/** Which plugins a person should look at. Pure. */

import { TROUBLE_STATES } from '../../../../src/cli/tui/screens/list/list-order.ts';
import type { LivePlugin } from './live-store.ts';

/** It runs, and its health check says otherwise. */
export function isUnhealthy({ state, health }: Pick<LivePlugin, 'state' | 'health'>): boolean {
  return state === 'running' && health === 'unhealthy';
}

export function isInTrouble(plugin: Pick<LivePlugin, 'state' | 'health'>): boolean {
  return TROUBLE_STATES.includes(plugin.state) || isUnhealthy(plugin);
}

/** Those in trouble first, else by id: what starts and stops as it should stays where it is. */
export function troubleFirst(plugins: readonly LivePlugin[]): readonly LivePlugin[] {
  const [bad, good] = [plugins.filter(isInTrouble), plugins.filter((plugin) => !isInTrouble(plugin))];
  return [...bad, ...good];
}
