/**
 * What an action does to a plugin and to those around it, level by level. Pure: a dry run prints it, and the same
 * questions of the landscape decide what is carried out.
 */

import type { PlanAction } from '../../protocol/control/plan.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import type { ActionVerb } from './contract.ts';
import { startDoubt, startProblem } from './dependency-problems.ts';
import { hasProcess, type Landscape, pullsOf, upDependentsOf } from './landscape.ts';

/** A plugin that the action is asked for. */
export interface PlanTarget {
  readonly id: string;
  readonly verb: ActionVerb;
  readonly changed: boolean;
  /** Why nothing is done. */
  readonly error?: ErrorBody;
}

export interface PlannedStep {
  readonly plugin: string;
  readonly action: PlanAction;
  readonly level: number;
  readonly because: string;
  readonly error?: ErrorBody;
}

/** Steps before they have their levels. */
type Draft = Omit<PlannedStep, 'level'>;

const MARKS_ONLY: ReadonlySet<ActionVerb> = new Set(['enable-only', 'disable-only', 'resetFailed']);

/** Sorted by level, and in a level by id. */
export function planSteps(targets: readonly PlanTarget[], land: Landscape): readonly PlannedStep[] {
  const asked = new Map(targets.map((target) => [target.id, draftOf(target, land)]));
  const doing = targets.filter((target) => target.error === undefined && target.changed);
  const ending = doing.filter((target) => isEnding(target, land));
  const goingDown = new Map<string, Draft>();
  const comingBack = new Map<string, Draft>();
  for (const { id } of ending) noteDependents(id, land, asked, goingDown);
  const restarted = ending.filter(({ verb }) => isRestart(verb));
  const between = betweenRuns(new Set([...restarted.map(({ id }) => id), ...goingDown.keys()]), land);
  for (const { id } of restarted) {
    const own = asked.get(id);
    const problem = startProblem(id, between);
    if (own !== undefined && problem !== undefined) asked.set(id, { ...own, error: problem });
    for (const dependent of upDependentsOf(id, land)) {
      const step = goingDown.get(dependent);
      if (step === undefined) continue;
      const error = startProblem(dependent, between);
      const back: Draft = { plugin: dependent, action: 'start', because: step.because };
      comingBack.set(dependent, error === undefined ? back : { ...back, error });
    }
  }
  const pulled = new Map<string, Draft>();
  for (const { id, verb } of doing) {
    if (!isStarting(verb)) continue;
    for (const plugin of pullsOf(id, land, true)) {
      if (!asked.has(plugin)) pulled.set(plugin, { plugin, action: 'start', because: `${id} needs it` });
    }
  }
  return inLevels({ asked, goingDown, comingBack, pulled, isStop: ending.length > 0, land });
}

/** Who is up and goes down with the action, near ones first. */
export function takenDownBy(verb: ActionVerb, id: string, land: Landscape): readonly string[] {
  return isEnding({ id, verb }, land) ? upDependentsOf(id, land) : [];
}

/** As it is when these have ended and none of them has begun again: what begins is what is installed. */
function betweenRuns(ended: ReadonlySet<string>, land: Landscape): Landscape {
  return {
    graph: land.graph,
    facts: (id) => {
      const facts = land.facts(id);
      if (facts === undefined || !ended.has(id)) return facts;
      return { ...facts, phase: { name: 'stopped' }, version: facts.installedVersion };
    },
  };
}

function noteDependents(
  id: string,
  land: Landscape,
  asked: ReadonlyMap<string, Draft>,
  goingDown: Map<string, Draft>,
): void {
  for (const dependent of upDependentsOf(id, land)) {
    const own = asked.get(dependent);
    const goesDown = own !== undefined && own.action !== 'nothing' && own.error === undefined;
    if (goesDown || goingDown.has(dependent)) continue;
    goingDown.set(dependent, { plugin: dependent, action: 'stop', because: `it needs ${id}` });
  }
}

interface Parts {
  readonly asked: ReadonlyMap<string, Draft>;
  readonly goingDown: ReadonlyMap<string, Draft>;
  readonly comingBack: ReadonlyMap<string, Draft>;
  readonly pulled: ReadonlyMap<string, Draft>;
  readonly isStop: boolean;
  readonly land: Landscape;
}

function inLevels({ asked, goingDown, comingBack, pulled, isStop, land }: Parts): readonly PlannedStep[] {
  const { graph } = land;
  const steps: PlannedStep[] = [];
  const add = (levels: readonly (readonly string[])[], drafts: ReadonlyMap<string, Draft>, from: number) => {
    for (const [index, level] of levels.entries()) {
      for (const id of [...level].sort()) {
        const draft = drafts.get(id);
        if (draft !== undefined) steps.push({ ...draft, level: from + index });
      }
    }
    return from + levels.length;
  };
  const isOnlyStop = isStop && comingBack.size === 0 && [...asked.values()].every(endsOnly);
  if (isOnlyStop) {
    // One order for all of them: who is asked for may need another one that is asked for.
    const all = new Map([...goingDown, ...asked]);
    add(graph.levels(all.keys()).toReversed(), all, 0);
    return steps;
  }
  const afterStops = add(graph.levels(goingDown.keys()).toReversed(), goingDown, 0);
  const starts = new Map([...pulled, ...asked]);
  const afterStarts = add(graph.levels(starts.keys()), starts, afterStops);
  add(graph.levels(comingBack.keys()), comingBack, afterStarts);
  return steps.toSorted((one, other) => one.level - other.level);
}

function endsOnly(draft: Draft): boolean {
  return ['stop', 'disable', 'nothing', 'reset-failed'].includes(draft.action);
}

function draftOf(target: PlanTarget, land: Landscape): Draft {
  const { id, verb, changed } = target;
  const error = target.error ?? (isStarting(verb) && changed ? startDoubt(id, land) : undefined);
  const isIdle = target.error !== undefined || !changed;
  return {
    plugin: id,
    action: isIdle ? 'nothing' : actionOf(target, land),
    because: target.error !== undefined ? 'it is refused' : changed ? 'asked for' : 'it is so already',
    ...(error === undefined ? {} : { error }),
  };
}

function actionOf({ id, verb }: PlanTarget, land: Landscape): PlanAction {
  switch (verb) {
    case 'start':
    case 'stop':
    case 'enable':
    case 'disable':
      return verb;
    case 'enable-only':
      return 'enable';
    case 'disable-only':
    case 'remove':
      return 'disable';
    case 'restart':
    case 'tryRestart':
      return hasProcess(land.facts(id)?.phase) ? 'restart' : 'start';
    case 'resetFailed':
      return 'reset-failed';
  }
}

/** True when the action ends it, and so takes down first who needs it. */
function isEnding({ id, verb }: Pick<PlanTarget, 'id' | 'verb'>, land: Landscape): boolean {
  if (MARKS_ONLY.has(verb) || verb === 'start' || verb === 'enable') return false;
  const phase = land.facts(id)?.phase;
  // Who stops what waits for its next try, or for others, wants it down, and then nothing that needs it can stay.
  const isToCome = phase?.name === 'backoff' || phase?.name === 'waiting';
  return hasProcess(phase) || (isToCome && !isRestart(verb));
}

function isStarting(verb: ActionVerb): boolean {
  return verb === 'start' || verb === 'enable' || isRestart(verb);
}

function isRestart(verb: ActionVerb): boolean {
  return verb === 'restart' || verb === 'tryRestart';
}
