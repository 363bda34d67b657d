/** Who needs whom, as the catalogue has it. Pure; made anew when the catalogue is another one. */

import type { Dependency } from './settings.ts';

/** What the graph is made of. */
export interface GraphEntry {
  readonly id: string;
  readonly dependencies: readonly Dependency[];
}

/** A plugin that needs another one. */
export interface Dependent {
  readonly plugin: string;
  readonly range: string;
  readonly required: boolean;
}

export class DependencyGraph {
  readonly #needs: ReadonlyMap<string, readonly Dependency[]>;
  readonly #dependents = new Map<string, Dependent[]>();
  #cycles: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(entries: Iterable<GraphEntry>) {
    const needs = new Map<string, readonly Dependency[]>();
    for (const { id, dependencies } of entries) {
      if (dependencies.length > 0) needs.set(id, dependencies);
      for (const { plugin, range, required } of dependencies) {
        const known = this.#dependents.get(plugin) ?? [];
        known.push({ plugin: id, range, required });
        this.#dependents.set(plugin, known);
      }
    }
    for (const known of this.#dependents.values()) known.sort((a, b) => (a.plugin < b.plugin ? -1 : 1));
    this.#needs = needs;
  }

  /** Ids of the plugins that need something. */
  ids(): Iterable<string> {
    return this.#needs.keys();
  }

  /** What it says itself that it needs, in that order. */
  dependenciesOf(id: string): readonly Dependency[] {
    return this.#needs.get(id) ?? [];
  }

  /** Who says to need it, sorted by id. */
  dependentsOf(id: string): readonly Dependent[] {
    return this.#dependents.get(id) ?? [];
  }

  /** All that it cannot be without, near ones first; itself only as part of a cycle. */
  needsOf(id: string): readonly string[] {
    return reach(id, (at) => required(this.dependenciesOf(at)));
  }

  /** All that cannot be without it, near ones first. */
  neededBy(id: string): readonly string[] {
    return reach(id, (at) => required(this.dependentsOf(at)));
  }

  /** `[a, b, a]` when it needs itself by way of others; undefined when not. Only required dependencies count. */
  cycleOf(id: string): readonly string[] | undefined {
    const group = this.#groups().get(id);
    if (group === undefined) return undefined;
    const members = new Set(group);
    const cameFrom = new Map<string, string>();
    const queue = [id];
    for (const at of queue) {
      for (const next of required(this.dependenciesOf(at))) {
        if (next === id) return [...pathTo(at, cameFrom), id];
        if (!members.has(next) || cameFrom.has(next)) continue;
        cameFrom.set(next, at);
        queue.push(next);
      }
    }
    return undefined;
  }

  /** True when each of the two needs the other, so that neither can come first. */
  isCircular(one: string, other: string): boolean {
    return this.#groups().get(one)?.includes(other) ?? false;
  }

  /**
   * These plugins by level: what stands in a level needs, among them, only what stands in levels before it. Optional
   * dependencies count as well. A cycle is cut somewhere.
   */
  levels(ids: Iterable<string>): readonly (readonly string[])[] {
    const members = new Set(ids);
    const depths = new Map<string, number>();
    const levels: string[][] = [];
    for (const id of members) {
      const depth = this.#depth(id, members, depths);
      while (levels.length <= depth) levels.push([]);
      levels[depth]?.push(id);
    }
    return levels;
  }

  /** Depths of plugins between the members are kept as well: what stands between them passes the order on. */
  #depth(id: string, members: ReadonlySet<string>, depths: Map<string, number>): number {
    const known = depths.get(id);
    if (known !== undefined) return known;
    // While it is looked at: whoever leads back here gets no depth of it.
    depths.set(id, -1);
    let depth = 0;
    for (const { plugin } of this.dependenciesOf(id)) {
      const below = this.#depth(plugin, members, depths);
      depth = Math.max(depth, below + (members.has(plugin) && below >= 0 ? 1 : 0));
    }
    depths.set(id, depth);
    return depth;
  }

  /** Members of each cycle, by each of its members. */
  #groups(): ReadonlyMap<string, readonly string[]> {
    this.#cycles ??= strongGroups([...this.#needs.keys()], (id) => required(this.dependenciesOf(id)));
    return this.#cycles;
  }
}

/** `a → b → a`. */
export function cycleText(cycle: readonly string[]): string {
  return cycle.join(' → ');
}

function required(edges: readonly Dependent[]): readonly string[] {
  return edges.filter((edge) => edge.required).map((edge) => edge.plugin);
}

function reach(from: string, next: (id: string) => readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const queue = [from];
  for (const at of queue) {
    for (const id of next(at)) {
      if (seen.has(id)) continue;
      seen.add(id);
      queue.push(id);
    }
  }
  return [...seen];
}

function pathTo(end: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const path = [end];
  for (let at = cameFrom.get(end); at !== undefined; at = cameFrom.get(at)) path.unshift(at);
  return path;
}

/** Groups of more than one in which each reaches each (Tarjan 1972). */
function strongGroups(
  ids: readonly string[],
  next: (id: string) => readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, readonly string[]>();
  const order = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const visit = (id: string): number => {
    const index = order.size;
    order.set(id, index);
    let low = index;
    open.push(id);
    isOpen.add(id);
    for (const to of next(id)) {
      if (!order.has(to)) low = Math.min(low, visit(to));
      else if (isOpen.has(to)) low = Math.min(low, order.get(to) ?? low);
    }
    if (low === index) closeGroup(id, open, isOpen, groups);
    return low;
  };
  for (const id of ids) if (!order.has(id)) visit(id);
  return groups;
}

function closeGroup(
  id: string,
  open: string[],
  isOpen: Set<string>,
  groups: Map<string, readonly string[]>,
): void {
  const members = open.splice(open.indexOf(id));
  for (const member of members) isOpen.delete(member);
  if (members.length < 2) return;
  members.sort();
  for (const member of members) groups.set(member, members);
}
