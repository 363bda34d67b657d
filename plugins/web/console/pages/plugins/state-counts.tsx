/** How many plugins are in which state; each count shows those alone. */

import { STATE_ORDER } from '../../../../../src/cli/tui/screens/list/list-order.ts';
import type { PluginStateName } from '../../../../../src/protocol/plugin-state.ts';
import type { LivePlugin } from '../../live/live.tsx';
import { StateWord } from '../../parts/state-word.tsx';

export interface StateCountsProps {
  readonly plugins: readonly LivePlugin[];
  readonly chosen: PluginStateName | undefined;
  onChoose(state: PluginStateName | undefined): void;
}

export function StateCounts({ plugins, chosen, onChoose }: StateCountsProps) {
  const counts = STATE_ORDER.map((state) => ({
    state,
    count: plugins.filter((plugin) => plugin.state === state).length,
  })).filter(({ state, count }) => count > 0 || state === chosen);
  return (
    <fieldset className="state-counts">
      <legend className="visually-hidden">Show only plugins in one state</legend>
      {counts.map(({ state, count }) => (
        <button
          key={state}
          type="button"
          className="state-count"
          aria-pressed={state === chosen}
          onClick={() => onChoose(state === chosen ? undefined : state)}
        >
          <span className="state-count-number">{count}</span>
          <StateWord state={state} />
        </button>
      ))}
    </fieldset>
  );
}
