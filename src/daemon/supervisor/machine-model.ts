/** What the state machine of a plugin is made of: phases, events, effects. Each phase carries only what is valid in it. */

import type { CrashCause } from '../../protocol/control/crashes.ts';
import type { EventType } from '../../protocol/control/events.ts';
import type { Actor } from '../../protocol/control/plugins.ts';
import type { Wanted } from '../../protocol/plugin-state.ts';
import type { RestartSettings } from '../catalog/settings.ts';
import type { Decision, RunEnding } from './restart-policy.ts';

/** A run as the machine sees it. Times are milliseconds since 1970. */
export interface MachineRun {
  /** null until the run has a row in the database. */
  readonly runId: number | null;
  readonly startedAt: number;
  readonly readyAt: number | null;
}

/**
 * How long a run was ready, 0 when it never was. Its times are of the wall clock, which may have been set between them.
 * @param atMostMs what a clock that nobody sets allows
 */
export function readySpanMs(run: MachineRun, endedAt: number, atMostMs = Number.POSITIVE_INFINITY): number {
  return run.readyAt === null ? 0 : Math.min(endedAt - run.readyAt, atMostMs);
}

/** Why a run is being stopped, and so what comes after it. */
export type StopGoal =
  | { readonly kind: 'stop' }
  /** `because`: why the next run begins, when that is another reason than that of the stop. */
  | { readonly kind: 'restart'; readonly because?: string }
  /** torud ends it because it cannot go on. */
  | { readonly kind: 'crash'; readonly cause: CrashCause; readonly detail: string }
  /** It ended by itself; leftovers of it are being killed. */
  | { readonly kind: 'ended' };

export type Phase =
  | { readonly name: 'stopped' }
  /** Wanted up, and what it needs is not ready. `because`: why it is started once that is. */
  | { readonly name: 'waiting'; readonly blockers: readonly Blocker[]; readonly because: string }
  | { readonly name: 'starting'; readonly run: MachineRun }
  | { readonly name: 'running'; readonly run: MachineRun }
  | {
      readonly name: 'stopping';
      readonly run: MachineRun;
      readonly goal: StopGoal;
      /** It is not told to end yet: plugins that need it go down first. */
      readonly isHeld?: boolean;
    }
  | { readonly name: 'backoff'; readonly dueAt: number }
  | { readonly name: 'failed' }
  | { readonly name: 'exited' }
  | { readonly name: 'invalid'; readonly problem: string };

export interface Machine {
  readonly phase: Phase;
  readonly wanted: Wanted;
  /** Restarts in a row without a stable stretch. */
  readonly restarts: number;
  /** When the phase was entered, milliseconds since 1970. */
  readonly since: number;
  readonly reason: string;
  readonly actor: Actor | null;
  /** Who wants it down; null when nobody has said so, and then what needs it may have it started. */
  readonly downBy: Actor | null;
}

/** A plugin that is needed and not ready. */
export interface Blocker {
  readonly plugin: string;
  /** After "waits": `for analytics ^1.2, which is in backoff`. */
  readonly text: string;
  /**
   * `unmet`: missing, refused, in the wrong version, or part of a cycle. `given-up`: nothing starts it by itself.
   * `pending`: it is on its way, or will be tried again.
   */
  readonly kind: 'unmet' | 'given-up' | 'pending';
  /** What mends an unmet one. */
  readonly hint?: string;
}

/** What the plugins around it mean for it now. */
export interface Neighbours {
  /** What it needs and is not ready: nothing is spawned before that. */
  readonly blockers: readonly Blocker[];
  /** Ids of plugins that need it and have a process: a requested stop waits for their end. */
  readonly holders: readonly string[];
}

export const ALONE: Neighbours = { blockers: [], holders: [] };

export type MachineEvent =
  /** A person, a boot or torud wants it up. */
  | { readonly type: 'start'; readonly actor: Actor; readonly reason: string }
  | { readonly type: 'stop'; readonly actor: Actor; readonly reason: string }
  /** torud leaves: stops it, but it stays wanted. */
  | { readonly type: 'suspend'; readonly reason: string }
  | { readonly type: 'restart'; readonly actor: Actor; readonly reason: string }
  | { readonly type: 'reset'; readonly actor: Actor }
  /** What it waits for is ready. */
  | { readonly type: 'unblocked' }
  /** It waits for something else than before, or the same has another state. */
  | { readonly type: 'blocked' }
  /** What it needs is being stopped or restarted as somebody asked: it goes down first, and stays wanted. */
  | {
      readonly type: 'yield';
      readonly actor: Actor | null;
      readonly reason: string;
      /** Why it begins again, once it can. */
      readonly because: string;
    }
  /** Nobody needs it any more: the stop that was asked for goes on. */
  | { readonly type: 'released' }
  /** Changes nothing of the state: something beside it is stored. */
  | { readonly type: 'noted' }
  | { readonly type: 'spawned'; readonly runId: number }
  | { readonly type: 'ready' }
  | { readonly type: 'trouble'; readonly cause: CrashCause; readonly detail: string }
  | { readonly type: 'main-exited'; readonly ending: RunEnding }
  | {
      readonly type: 'ended';
      readonly ending: RunEnding;
      /** When it ended, milliseconds since 1970; a torud that was away learns of it later. */
      readonly at: number;
      /** How long it can have been ready, by a clock that nobody sets; missing when another torud saw it ready. */
      readonly readyAtMostMs?: number;
      readonly policy: RestartSettings;
      /** 0 to 1, for the policy's jitter. */
      readonly chance: number;
    }
  /** A run that was planned, but whose process was never started: torud died in between. */
  | { readonly type: 'never-began'; readonly at: number }
  | { readonly type: 'due' }
  | { readonly type: 'stable' }
  | { readonly type: 'refused'; readonly problem: string }
  | { readonly type: 'accepted' };

export type Effect =
  | { readonly type: 'spawn' }
  | { readonly type: 'stop-run'; readonly reason: string }
  | {
      readonly type: 'end-run';
      readonly decision: Decision | undefined;
      readonly restart: number;
      readonly ending: RunEnding;
      readonly at: number;
    }
  | { readonly type: 'disable'; readonly reason: string }
  | {
      readonly type: 'event';
      readonly event: EventType;
      readonly reason: string;
      readonly actor: Actor | null;
      readonly details?: Readonly<Record<string, unknown>>;
    };

export interface Transition {
  readonly machine: Machine;
  readonly effects: readonly Effect[];
}

export const DAEMON: Actor = { kind: 'daemon' };

/** The run that a phase carries, or undefined in a phase without a process. */
export function runOf(machine: Machine): MachineRun | undefined {
  return 'run' in machine.phase ? machine.phase.run : undefined;
}
