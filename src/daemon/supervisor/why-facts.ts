/** What `toru why` knows of a plugin; explained by why.ts, gathered by why-sources.ts. */

import type { Crash, CrashSummary } from '../../protocol/control/crashes.ts';
import type { Actor, PluginStatus } from '../../protocol/control/plugins.ts';
import type { StopGoal } from './machine-model.ts';

export interface WhyFacts {
  readonly status: PluginStatus;
  readonly nowMs: number;
  /** Whether its files are there and taken. */
  readonly files: 'there' | 'refused' | 'gone';
  readonly rules: WhyRules | undefined;
  /** Why it is being stopped; undefined in other states. */
  readonly goal: StopGoal['kind'] | undefined;
  /** Enabled without being started: torud starts it when it starts next. */
  readonly isDueAtNextStart: boolean;
  /** Who switched it on or off last, and when. */
  readonly enabling: { readonly actor: Actor | null; readonly at: string } | undefined;
  /** The newest crash with all that is kept of it. */
  readonly crash: Crash | undefined;
  /** Crashes in a row up to the newest one, newest first. */
  readonly streak: readonly CrashSummary[];
  /** The last run that was stable or ended as asked, before the newest crash. */
  readonly lastGood: { readonly startedAt: string; readonly endedAt: string | null } | undefined;
  /** Whether the run that crashed last had been up for the stable stretch. */
  readonly wasGood: boolean;
  /** Who sent the signal of which it ended last, as a sentence's part: `ops (uid 1000) ran "toru kill -s KILL web"`. */
  readonly killedBy: string | undefined;
  /** When its files or settings became others than those of the last good run. */
  readonly changedAt: string | undefined;
  /** When a torud took over the run of now from the torud before it. */
  readonly adoptedAt: string | undefined;
  /** How the torud before ended, one sentence without a full stop, where it did not end as asked. */
  readonly torudEnd: string | undefined;
  readonly unhealthySince: string | undefined;
  /** Bad health answers in a row, as far as they are counted. */
  readonly badAnswers: number | undefined;
  /** Why a start would be refused for what it needs, and what to do; without a full stop. */
  readonly startProblem: string | undefined;
  /** Other plugins as they are now. */
  readonly statusOf: (id: string) => PluginStatus | undefined;
}

/** Settings in force, as far as they say what comes next. */
export interface WhyRules {
  /** Restarts after which torud gives up; null: never. */
  readonly limit: number | null;
  readonly stableAfterMs: number;
  readonly graceMs: number;
  /** A plain program is ready when it has been alive for so long; null: it has to answer `init`. */
  readonly aliveMs: number | null;
  readonly startTimeoutMs: number;
  /** Bad health answers in a row before it is restarted; null: never. */
  readonly restartAfter: number | null;
}
