/** What the verbs mean for one plugin: refuse, store the intent, and tell when it is done. */

import type { ActionOutcome, Actor } from '../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { STATES_WITH_PROCESS } from '../../protocol/plugin-state.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { NO_BOOT, type PluginRecord } from '../store/records.ts';
import { ranText } from './actor-text.ts';
import { viewProblem } from './catalog-view.ts';
import type { Action, ActionVerb, AskedVerb } from './contract.ts';
import { startProblem } from './dependency-problems.ts';
import { isUp, type Landscape, pullsOf } from './landscape.ts';
import { type Effect, type MachineEvent, runOf } from './machine-model.ts';
import type { PluginRunner } from './plugin-runner.ts';
import { outcomeOf, type Target } from './waiters.ts';

/** What a verb does to the machine, to `enabled`, and what it waits for. */
export interface Intent {
  readonly event: MachineEvent | undefined;
  readonly enable: boolean | undefined;
  readonly target: Target | undefined;
  readonly changed: boolean;
}

const NEEDS_VALID: ReadonlySet<ActionVerb> = new Set(['start', 'restart', 'enable', 'enable-only']);

/** Verbs that start what is needed as well, when they change anything. */
const NEEDS_OTHERS: ReadonlySet<ActionVerb> = new Set(['start', 'restart', 'tryRestart', 'enable']);

/** What the verb would do. Failure: why it does nothing. */
export function judgeAction(
  runner: PluginRunner,
  verb: ActionVerb,
  actor: Actor,
  land: Landscape,
  asked?: AskedVerb,
): Result<Intent, ErrorBody> {
  const { view } = runner;
  if (NEEDS_VALID.has(verb) && view.kind !== 'entry') {
    const hint = 'toru scan lists everything that is refused';
    return failure(errorBody('invalid', viewProblem(view), { name: runner.id, hint }));
  }
  const intent = intentOf(runner, verb, actor, asked);
  const isSo = (verb === 'start' || verb === 'enable') && isUp(runner.machine.phase);
  if (!NEEDS_OTHERS.has(verb) || intent.event === undefined || isSo) return success(intent);
  const problem = startProblem(runner.id, land);
  if (problem !== undefined) return failure(problem);
  // Of what waits already, the things that it waits for are begun.
  const pulls = runner.machine.phase.name === 'waiting' && pullsOf(runner.id, land, true).length > 0;
  return success(pulls ? { ...intent, changed: true } : intent);
}

/** @param follow takes what the verb means for other plugins; called once its intent is stored */
export function act(
  runner: PluginRunner,
  verb: ActionVerb,
  actor: Actor,
  nowText: string,
  land: Landscape,
  follow: () => void,
  asked?: AskedVerb,
): Result<Action, ErrorBody> {
  const judged = judgeAction(runner, verb, actor, land, asked);
  if (!judged.ok) return judged;
  const intent = judged.value;
  const stored = store(runner, verb, intent, actor, nowText);
  if (!stored.ok) return stored;
  follow();
  const done: Promise<ActionOutcome> =
    intent.target === undefined
      ? Promise.resolve(outcomeOf(runner.id, runner.machine, intent.changed, 'reached'))
      : runner.waiters.wait(runner.machine, intent.target, intent.changed);
  return success({ changed: intent.changed, done });
}

function store(
  runner: PluginRunner,
  verb: ActionVerb,
  intent: Intent,
  actor: Actor,
  nowText: string,
): Result<void, ErrorBody> {
  const { enable, event } = intent;
  const isNewlyEnabled = enable !== undefined && enable !== runner.record.enabled;
  const change: Partial<PluginRecord> = isNewlyEnabled
    ? { enabled: enable, enabledActor: actor, enabledAt: nowText, ...undecided(runner, verb) }
    : {};
  const effects: readonly Effect[] = isNewlyEnabled
    ? [
        {
          type: 'event',
          event: enable ? 'enabled' : 'disabled',
          reason: reasonOf(verb, runner.id, actor),
          actor,
        },
      ]
    : [];
  // What is so already may be so in memory alone: then it is stored before it is acknowledged.
  if (!intent.changed && !isNewlyEnabled && runner.isStored) return success(undefined);
  const stored = runner.intend(event ?? { type: 'noted' }, change, effects);
  if (stored.ok) return success(undefined);
  const hint = 'nothing was changed; toru daemon status says more';
  return failure(errorBody('unavailable', stored.failure.message, { name: runner.id, hint }));
}

/** Enabled without being started: nobody has said that it is to be down, so the next start of torud begins it. */
function undecided(runner: PluginRunner, verb: ActionVerb): Partial<PluginRecord> {
  return verb === 'enable-only' && runner.machine.wanted === 'down' ? { wantedBootId: NO_BOOT } : {};
}

function intentOf(runner: PluginRunner, verb: ActionVerb, actor: Actor, asked?: AskedVerb): Intent {
  const { machine, record } = runner;
  const { name } = machine.phase;
  const reason = asked === undefined ? reasonOf(verb, runner.id, actor) : ranText(actor, asked, runner.id);
  const isUp = name === 'running' || name === 'starting' || name === 'waiting';
  const isStopping = name === 'stopping' && machine.phase.goal.kind === 'stop';
  const start: Intent = {
    event: { type: 'start', actor, reason },
    enable: undefined,
    target: { kind: 'up', oldRun: isStopping ? runOf(machine) : undefined },
    changed: machine.wanted === 'down' || (!isUp && !(name === 'stopping' && !isStopping)),
  };
  const isDown = name === 'stopped' || name === 'failed' || name === 'exited' || name === 'invalid';
  const stop: Intent = {
    event: { type: 'stop', actor, reason },
    enable: undefined,
    target: { kind: 'down' },
    // Who stops what was enabled without being started wants it down for this boot.
    changed: !isDown || machine.wanted === 'up' || record.wantedBootId === NO_BOOT,
  };
  switch (verb) {
    case 'start':
      return start;
    case 'stop':
      return stop;
    case 'enable':
      return { ...start, enable: true, changed: start.changed || !record.enabled };
    case 'disable':
    case 'remove':
      return { ...stop, enable: false, changed: stop.changed || record.enabled };
    case 'enable-only':
      return { event: undefined, enable: true, target: undefined, changed: !record.enabled };
    case 'disable-only':
      return { event: undefined, enable: false, target: undefined, changed: record.enabled };
    case 'restart':
      return restart(runner, actor, reason);
    case 'tryRestart':
      if (STATES_WITH_PROCESS.has(name)) return restart(runner, actor, reason);
      return { event: undefined, enable: undefined, target: undefined, changed: false };
    case 'resetFailed':
      return {
        event: { type: 'reset', actor },
        enable: undefined,
        target: undefined,
        changed: name === 'failed' || machine.restarts > 0,
      };
  }
}

function restart(runner: PluginRunner, actor: Actor, reason: string): Intent {
  return {
    event: { type: 'restart', actor, reason },
    enable: undefined,
    target: { kind: 'up', oldRun: runOf(runner.machine) },
    changed: true,
  };
}

const VERB_WORDS: Readonly<Record<ActionVerb, string>> = {
  start: 'start',
  stop: 'stop',
  restart: 'restart',
  tryRestart: 'try-restart',
  enable: 'enable',
  'enable-only': 'enable --no-start',
  disable: 'disable',
  'disable-only': 'disable --no-stop',
  remove: 'remove',
  resetFailed: 'reset-failed',
};

function reasonOf(verb: ActionVerb, plugin: string, actor: Actor): string {
  return ranText(actor, VERB_WORDS[verb], plugin);
}
