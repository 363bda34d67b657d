/** All plugins as one of them sees them: what it needs and is not ready, who holds its stop. Pure questions. */

import { satisfies } from 'semver';
import type { Actor } from '../../protocol/control/plugins.ts';
import type { Wanted } from '../../protocol/plugin-state.ts';
import { cycleText, type DependencyGraph } from '../catalog/dependency-graph.ts';
import type { Dependency } from '../catalog/settings.ts';
import { actorText } from './actor-text.ts';
import type { Blocker, Neighbours, Phase } from './machine-model.ts';

/** What others must know of a plugin. */
export interface PluginFacts {
  readonly id: string;
  readonly phase: Phase;
  readonly wanted: Wanted;
  /** Who wants it down; null when nobody has said so. */
  readonly downBy: Actor | null;
  /** Of the run, else of the files; undefined when neither is known. */
  readonly version: string | undefined;
  /** Of the files. */
  readonly installedVersion: string | undefined;
  /** Why its files allow no start; undefined when they do. */
  readonly problem: string | undefined;
  readonly isInstalled: boolean;
}

export interface Landscape {
  readonly graph: DependencyGraph;
  /** Undefined when there is no such plugin. */
  facts(id: string): PluginFacts | undefined;
}

/** Looked at only when asked: most events concern neither. */
export function neighboursOf(id: string, land: Landscape): Neighbours {
  return {
    get blockers() {
      return blockersOf(id, land);
    },
    get holders() {
      return holdersOf(id, land);
    },
  };
}

/** What it needs and is not ready, in the order of its metadata. */
export function blockersOf(id: string, land: Landscape): readonly Blocker[] {
  return land.graph.dependenciesOf(id).flatMap((dependency) => {
    if (dependency.required) return blockerOf(id, dependency, land) ?? [];
    const facts = land.facts(dependency.plugin);
    return facts !== undefined && isOnItsWay(facts.phase) ? [pending(dependency, facts.phase.name)] : [];
  });
}

/** Who cannot be without it, near or far, and has a process: they go down before it. */
export function holdersOf(id: string, land: Landscape): readonly string[] {
  return dependentsOf(id, land).filter((dependent) => hasProcess(land.facts(dependent)?.phase));
}

/** Who cannot be without it, near or far, and is up: what a requested stop takes down. */
export function upDependentsOf(id: string, land: Landscape): readonly string[] {
  return dependentsOf(id, land).filter((dependent) => isUp(land.facts(dependent)?.phase));
}

/** Why what it needs cannot be had at all: one line; undefined when it can. */
export function unmetBlocker(id: string, dependency: Dependency, land: Landscape): Blocker | undefined {
  const { plugin, range } = dependency;
  const unmet = (text: string, hint: string): Blocker => ({ plugin, text, kind: 'unmet', hint });
  const install = `install ${plugin} with "toru install", or put it into the plugin folder`;
  if (land.graph.isCircular(id, plugin)) {
    const cycle = land.graph.cycleOf(id) ?? [id, plugin, id];
    const hint = 'take one of them out of the "api.dependencies" of another';
    return unmet(`for ${needText(dependency)}, in a cycle that cannot begin: ${cycleText(cycle)}`, hint);
  }
  const facts = land.facts(plugin);
  const isRunning = hasProcess(facts?.phase);
  if (facts === undefined || (!facts.isInstalled && !isRunning && facts.problem === undefined))
    return unmet(`for ${needText(dependency)}, which is not installed`, install);
  if (!isRunning && facts.problem !== undefined) {
    if (!facts.isInstalled) return unmet(`for ${needText(dependency)}, which is not installed`, install);
    const hint = `mend it; torud looks again by itself`;
    return unmet(`for ${needText(dependency)}, which is not valid: ${facts.problem}`, hint);
  }
  if (facts.version === undefined || fits(facts.version, range)) return undefined;
  const installed = facts.installedVersion;
  const isMended = installed !== undefined && installed !== facts.version && fits(installed, range);
  const hint = isMended
    ? `toru restart ${plugin} takes ${installed}, which is installed`
    : `install a version of ${plugin} that fits`;
  return unmet(`for ${needText(dependency)}, which is ${facts.version}`, hint);
}

/**
 * Plugins that are to be started for this one, those that others need first.
 * @param isAsked a person asked for it: then what a person has stopped, or what ended by itself, is started as well
 */
export function pullsOf(id: string, land: Landscape, isAsked: boolean): readonly string[] {
  const pulled = new Set<string>();
  const seen = new Set([id]);
  const visit = (at: string): void => {
    for (const dependency of land.graph.dependenciesOf(at)) {
      const facts = land.facts(dependency.plugin);
      if (!dependency.required || seen.has(dependency.plugin) || facts === undefined) continue;
      seen.add(dependency.plugin);
      if (isUp(facts.phase) || unmetBlocker(at, dependency, land) !== undefined) continue;
      visit(dependency.plugin);
      if (mayPull(facts, isAsked)) pulled.add(dependency.plugin);
    }
  };
  visit(id);
  return [...pulled];
}

export function isUp(phase: Phase | undefined): boolean {
  return phase?.name === 'starting' || phase?.name === 'running';
}

export function hasProcess(phase: Phase | undefined): boolean {
  return isUp(phase) || phase?.name === 'stopping';
}

/** Versions before a release (`2.0.0-rc.1`) count by where they stand: `^2.0.0-0` takes them, `^2.0` does not. */
export function fits(version: string, range: string): boolean {
  return range === '*' || satisfies(version, range);
}

/** `crm ^2.0`; the range is left out when every version will do. */
export function needText({ plugin, range }: Pick<Dependency, 'plugin' | 'range'>): string {
  return range === '*' ? plugin : `${plugin} ${range}`;
}

/** Of a cycle nobody comes first, so nobody in it waits for another. */
function dependentsOf(id: string, land: Landscape): readonly string[] {
  return land.graph.neededBy(id).filter((dependent) => !land.graph.isCircular(id, dependent));
}

function mayPull({ phase, wanted, downBy }: PluginFacts, isAsked: boolean): boolean {
  switch (phase.name) {
    case 'stopped':
      return isAsked || wanted === 'up' || downBy === null;
    case 'exited':
      return isAsked;
    case 'stopping':
      return isAsked && phase.goal.kind === 'stop';
    default:
      return false;
  }
}

function blockerOf(id: string, dependency: Dependency, land: Landscape): Blocker | undefined {
  const unmet = unmetBlocker(id, dependency, land);
  if (unmet !== undefined) return unmet;
  const facts = land.facts(dependency.plugin);
  if (facts === undefined || facts.phase.name === 'running') return undefined;
  const text = `for ${needText(dependency)}, ${stateText(facts)}`;
  return { plugin: dependency.plugin, text, kind: hasGivenUp(facts) ? 'given-up' : 'pending' };
}

function pending(dependency: Dependency, state: string): Blocker {
  const text = `for ${needText(dependency)}, which is ${state}`;
  return { plugin: dependency.plugin, text, kind: 'pending' };
}

/** What is optional is waited for only while it is sure to come to an end: ready, or not. */
function isOnItsWay(phase: Phase): boolean {
  return phase.name === 'starting' || (phase.name === 'stopping' && phase.goal.kind === 'restart');
}

function hasGivenUp({ phase, wanted }: PluginFacts): boolean {
  switch (phase.name) {
    case 'failed':
    case 'exited':
    case 'invalid':
      return true;
    case 'stopped':
      return wanted === 'down';
    case 'stopping':
      return wanted === 'down';
    case 'waiting':
      return phase.blockers.some((blocker) => blocker.kind !== 'pending');
    case 'starting':
    case 'running':
    case 'backoff':
      return false;
  }
}

function stateText({ phase, downBy }: PluginFacts): string {
  switch (phase.name) {
    case 'stopped':
      return downBy !== null ? `which ${actorText(downBy)} stopped` : 'which is stopped';
    case 'stopping':
      return downBy !== null ? `which ${actorText(downBy)} is stopping` : 'which is stopping';
    case 'backoff':
      return 'which is in backoff';
    case 'failed':
    case 'exited':
      return `which has ${phase.name}`;
    case 'invalid':
      return 'which is not valid';
    case 'waiting': {
      const names = phase.blockers.map((blocker) => blocker.plugin);
      return names.length === 0 ? 'which is waiting' : `which is waiting for ${names.slice(0, 3).join(', ')}`;
    }
    case 'starting':
    case 'running':
      return `which is ${phase.name}`;
  }
}
