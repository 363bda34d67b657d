/** What a transition leaves in the database. All of it runs inside one transaction. */

import type { CapsuleLine, Crash } from '../../protocol/control/crashes.ts';
import type { PluginEvent } from '../../protocol/control/events.ts';
import { errnoOf, messageOf } from '../../protocol/result.ts';
import { formatTime } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import type { LiveRun } from '../runs/live-run.ts';
import type { RunOutcome } from '../runs/plugin-run.ts';
import type { RunPlan } from '../runs/run-plan.ts';
import type { PluginRecord, RunEnd } from '../store/records.ts';
import { makeCapsule, runEndOf } from './crash-history.ts';
import type { Effect, MachineRun } from './machine-model.ts';
import type { Stores } from './runner-surroundings.ts';

/** What is known of an ended run beside what the machine says. */
export interface EndedRun {
  readonly run: MachineRun;
  readonly outcome: RunOutcome;
  readonly lastLines: readonly CapsuleLine[];
  readonly linesLost: number;
  /** As in the machine's event. */
  readonly readyAtMostMs?: number;
  /** Removes the run's files; called once the end is in the database. */
  readonly forget: () => void;
}

/** A run that begins in this transaction. */
export interface BeginningRun {
  readonly runId: number;
  readonly plan: RunPlan;
  readonly bootId: string;
  readonly startedAtMs: number;
}

export interface TransitionRecord {
  readonly record: PluginRecord;
  readonly effects: readonly Effect[];
  readonly nowMs: number;
  /** The run that is asked to end in this transaction; null when none is. */
  readonly stoppingRunId: number | null;
  readonly ended: EndedRun | undefined;
  readonly beginning: BeginningRun | undefined;
  /** The last good run before this transition: a run that ends now may be the next one, and is not compared with itself. */
  readonly goodRunId: number | null;
}

export interface Written {
  readonly events: readonly PluginEvent[];
  readonly crash: Crash | undefined;
}

export function writeTransition(stores: Stores, transition: TransitionRecord): Written {
  const { record, effects, ended, beginning, nowMs } = transition;
  let crash: Crash | undefined;
  const events: PluginEvent[] = [];
  for (const effect of effects) {
    if (effect.type === 'stop-run') noteStop(stores, transition);
    if (effect.type === 'end-run' && ended !== undefined)
      crash = writeEnd(stores, effect, ended, transition.goodRunId);
    if (effect.type !== 'event') continue;
    const { event, reason, actor, details } = effect;
    const withCrash =
      event === 'crashed' && crash !== undefined ? { ...details, crashId: crash.id } : details;
    events.push(
      stores.events.append({
        at: formatTime(nowMs),
        plugin: record.id,
        type: event,
        reason,
        actor,
        details: withCrash ?? {},
      }),
    );
  }
  stores.plugins.save(record);
  if (beginning !== undefined) writeBegin(stores, beginning);
  return { events, crash };
}

/** A run of which the database knows nothing yet has no such time. */
function noteStop(stores: Stores, { stoppingRunId, nowMs }: TransitionRecord): void {
  if (stoppingRunId === null || stores.runs.get(stoppingRunId) === undefined) return;
  stores.runs.setStopAsked(stoppingRunId, formatTime(nowMs));
}

/** What `EndedRun.forget` does: files that cannot be removed now stay for the next torud, which knows that run to be recorded. */
export function forgetterOf(log: SupervisorLog, plugin: string, run: LiveRun | undefined): () => void {
  return () => {
    try {
      run?.forget();
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      log.write('warning', 'run-files-kept', { plugin, error: messageOf(thrown) });
    }
  };
}

/** Adds a run without an end. */
export function writeBegin(stores: Stores, beginning: BeginningRun): void {
  const { plan, runId, bootId, startedAtMs } = beginning;
  stores.runs.ensureNextRunId(runId);
  const { transport, command, settings } = plan;
  stores.runs.begin({
    plugin: plan.plugin,
    version: plan.version,
    digest: plan.digest,
    settings: { transport, command, settings },
    bootId,
    startedAt: formatTime(startedAtMs),
  });
}

function writeEnd(
  stores: Stores,
  effect: Effect & { type: 'end-run' },
  ended: EndedRun,
  goodRunId: number | null,
): Crash | undefined {
  const { runId } = ended.run;
  if (runId === null) return undefined;
  const end = runEndOf(ended.outcome, causeOf(effect, ended.outcome), effect.at, ended.linesLost);
  stores.runs.end(runId, end);
  const run = stores.runs.get(runId);
  if (run === undefined || effect.decision?.isCrash !== true) return undefined;
  return stores.crashes.add(
    makeCapsule({
      run,
      end,
      ending: effect.ending,
      decision: effect.decision,
      restart: effect.restart,
      lastLines: ended.lastLines,
      lastGood: goodRunId === null ? undefined : stores.runs.get(goodRunId),
    }),
  );
}

function causeOf(effect: Effect & { type: 'end-run' }, outcome: RunOutcome): RunEnd['cause'] {
  if (effect.decision !== undefined) return effect.decision.cause;
  return outcome.kind === 'never-began' || outcome.kind === 'lost' ? 'lost' : 'requested';
}
