/** Which plugins the list shows. Pure. */

import type { PluginStateName } from '../../../../../src/protocol/plugin-state.ts';
import type { LivePlugin } from '../../live/live-store.ts';

export interface PluginFilter {
  /** All of them must be in the id, the name, the description, the state or a group (`@name`). */
  readonly words: string;
  /** undefined: all. */
  readonly state: PluginStateName | undefined;
}

export const NO_FILTER: PluginFilter = { words: '', state: undefined };

export function shownPlugins(
  plugins: readonly LivePlugin[],
  { words, state }: PluginFilter,
): readonly LivePlugin[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (wanted.length === 0 && state === undefined) return plugins;
  return plugins.filter((plugin) => {
    if (state !== undefined && plugin.state !== state) return false;
    const text = textOf(plugin);
    return wanted.every((word) => text.includes(word));
  });
}

function textOf({ id, name, description, state, enabled, groups }: LivePlugin): string {
  const marks = groups.map((group) => `@${group}`).join(' ');
  return `${id} ${name} ${description} ${state} ${enabled ? 'enabled' : 'disabled'} ${marks}`.toLowerCase();
}
