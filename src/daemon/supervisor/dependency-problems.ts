/** Why a start would fail for what the plugin needs. Pure. */

import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import type { Dependency } from '../catalog/settings.ts';
import { isUp, type Landscape, needText, unmetBlocker } from './landscape.ts';

/** One line about the first plugin, near or far, that cannot be had; a start is refused then. */
export function startProblem(id: string, land: Landscape): ErrorBody | undefined {
  return search(id, land, (at, dependency) => {
    const blocker = unmetBlocker(at, dependency, land);
    if (blocker === undefined) return undefined;
    return problem(id, at, blocker.text.replace(/^for /, ''), blocker.hint);
  });
}

/** One line about the first plugin, near or far, that nothing starts by itself; the start is taken, and waits. */
export function startDoubt(id: string, land: Landscape): ErrorBody | undefined {
  return search(id, land, (at, dependency) => {
    const name = land.facts(dependency.plugin)?.phase.name;
    if (name !== 'failed') return undefined;
    const hint = `"toru why ${dependency.plugin}" says why; "toru start ${dependency.plugin}" tries it again`;
    return problem(id, at, `${needText(dependency)}, which has failed`, hint);
  });
}

/** Looks at all that would have to be started, near ones first. */
function search(
  id: string,
  land: Landscape,
  judge: (at: string, dependency: Dependency) => ErrorBody | undefined,
): ErrorBody | undefined {
  const seen = new Set([id]);
  const queue = [id];
  for (const at of queue) {
    for (const dependency of land.graph.dependenciesOf(at)) {
      if (!dependency.required) continue;
      const found = judge(at, dependency);
      if (found !== undefined) return found;
      const { plugin } = dependency;
      if (seen.has(plugin) || isUp(land.facts(plugin)?.phase)) continue;
      seen.add(plugin);
      queue.push(plugin);
    }
  }
  return undefined;
}

function problem(id: string, at: string, what: string, hint: string | undefined): ErrorBody {
  const who = at === id ? 'it needs' : `${at}, which it needs, needs`;
  return errorBody('dependency', `${who} ${what}`, { name: id, hint });
}
