/** What a plugin needs, or who needs it, as rows and as a tree of the control protocol. Pure. */

import type { DependencyNode, DependencyStatus } from '../../protocol/control/dependencies.ts';
import type { Dependency } from '../catalog/settings.ts';
import { fits, hasProcess, type Landscape } from './landscape.ts';

/** Nodes of a tree; beyond them a plugin is unfolded only where it comes first. */
const MAX_NODES = 4096;

/** A dependency, and whether it is met now. */
export function dependencyRow(dependency: Dependency, land: Landscape): DependencyStatus {
  return { ...dependency, ...stateOf(dependency.plugin, dependency.range, land) };
}

export function dependencyTree(id: string, isReverse: boolean, land: Landscape): DependencyNode {
  const path: string[] = [];
  const unfolded = new Set<string>();
  let nodes = 0;
  const unfold = (row: DependencyStatus): DependencyNode => {
    nodes += 1;
    const isCycle = path.includes(row.plugin);
    if (isCycle || (nodes > MAX_NODES && unfolded.has(row.plugin))) return { ...row, isCycle, nodes: [] };
    unfolded.add(row.plugin);
    path.push(row.plugin);
    const below = isReverse ? dependentRows(row.plugin, land) : neededRows(row.plugin, land);
    const node = { ...row, isCycle, nodes: below.map(unfold) };
    path.pop();
    return node;
  };
  return unfold({ plugin: id, range: '*', required: true, ...stateOf(id, '*', land) });
}

function neededRows(id: string, land: Landscape): readonly DependencyStatus[] {
  return land.graph.dependenciesOf(id).map((dependency) => dependencyRow(dependency, land));
}

/** The range and the fit are those of the need; state and version are those of who has it. */
function dependentRows(id: string, land: Landscape): readonly DependencyStatus[] {
  const needed = stateOf(id, '*', land);
  return land.graph.dependentsOf(id).map(({ plugin, range, required }) => ({
    plugin,
    range,
    required,
    ...stateOf(plugin, '*', land),
    fits: needed.version !== null && fits(needed.version, range),
  }));
}

function stateOf(
  id: string,
  range: string,
  land: Landscape,
): Pick<DependencyStatus, 'state' | 'version' | 'fits'> {
  const facts = land.facts(id);
  if (facts === undefined || (!facts.isInstalled && !hasProcess(facts.phase))) {
    return { state: null, version: null, fits: false };
  }
  const version = facts.version ?? null;
  return { state: facts.phase.name, version, fits: version !== null && fits(version, range) };
}
