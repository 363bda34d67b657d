/** How the plugins fare: what torud says of each. */

import type { PluginStatus } from '../../protocol/control/plugins.ts';
import type { Finding } from '../../protocol/programs.ts';
import type { Check } from '../finding.ts';
import { fail, ok, skip, warn } from '../finding.ts';
import { pluginsOf } from '../view.ts';

export const plugins: Check = (view) => {
  if (view.torud.kind === 'away')
    return [skip('plugins.state', 'only a torud that answers knows how the plugins fare')];
  const all = pluginsOf(view);
  return [...stateFindings(all), ...problemFindings(all), ...lostFindings(all)];
};

function stateFindings(all: readonly PluginStatus[]): readonly Finding[] {
  const name = 'plugins.state';
  const failed = all.filter(({ state }) => state === 'failed');
  const shaky = all.filter(({ state, health }) => state === 'backoff' || health === 'unhealthy');
  if (failed.length + shaky.length === 0) return [ok(name, `${all.length} plugins, none failed`)];
  return [
    ...failed.map(({ id, reason }) =>
      fail(
        name,
        `${id} is failed: ${reason}`,
        `toru why ${id}; then toru reset-failed ${id} and toru start ${id}`,
      ),
    ),
    ...shaky.map(({ id, state, reason }) =>
      warn(
        name,
        `${id} is ${state === 'backoff' ? 'in backoff' : 'unhealthy'}: ${reason}`,
        `toru why ${id}; toru logs ${id}`,
      ),
    ),
  ];
}

/** Old versions that still run, shims that were killed. */
function problemFindings(all: readonly PluginStatus[]): readonly Finding[] {
  const found = all.flatMap(({ id, state, problems }) =>
    state === 'invalid'
      ? []
      : problems.map((problem) => warn('plugins.problems', `${id}: ${problem}`, `toru restart ${id}`)),
  );
  return found.length > 0
    ? found
    : [ok('plugins.problems', 'none runs an old version, no toru-shim was killed')];
}

function lostFindings(all: readonly PluginStatus[]): readonly Finding[] {
  const name = 'logs.lost';
  const lost = all.filter(({ linesLost }) => linesLost > 0);
  if (lost.length === 0) return [ok(name, 'no log line was lost')];
  return lost.map(({ id, linesLost }) =>
    warn(
      name,
      `${id}: ${linesLost} log lines were lost over all its runs`,
      `free some space; toru logs ${id} --stream shim says when`,
    ),
  );
}
