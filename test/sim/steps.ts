/** What happens in a simulation, as data: a seed is a list of steps, and so is a story that somebody wrote down. */

import type { ActionVerb } from '../../src/daemon/supervisor/contract.ts';

/** How the runs of a plugin go from now on. Times in milliseconds. */
export interface Habit {
  /** From the fork to the claim of the spec, from there to the first event, from there to exec. */
  readonly claimMs: number;
  readonly nameMs: number;
  readonly execMs: number;
  /** `prepare`: its folder cannot be made; `fork`: no process to be had; `exec`: the program cannot be executed. */
  readonly spawnFails: 'no' | 'prepare' | 'fork' | 'exec';
  /** From exec to ready; null: never. */
  readonly readyMs: number | null;
  /** From exec to its own end; null: it stays. */
  readonly livesMs: number | null;
  /** How it ends by itself: an exit code, or a signal. */
  readonly ends: number | string;
  /** What it leaves behind lives so much longer than the main process. */
  readonly leftoverMs: number;
  /** From SIGTERM to its end; null: it ignores it. */
  readonly stopMs: number | null;
  /** From the claim to the kill of its shim; null: nobody kills it. */
  readonly shimLivesMs: number | null;
  /** From ready to bad health; null: never. */
  readonly troubleMs: number | null;
  /** How long its last log lines take to be read after its end; null: they cannot be read. */
  readonly tailMs: number | null;
}

export const HEALTHY: Habit = {
  claimMs: 2,
  nameMs: 0.2,
  execMs: 1,
  spawnFails: 'no',
  readyMs: 50,
  livesMs: null,
  ends: 0,
  leftoverMs: 0,
  stopMs: 5,
  shimLivesMs: null,
  troubleMs: null,
  tailMs: 0,
};

export type StoreFault = 'full' | 'readonly' | 'locked';
export type CatalogKind = 'entry' | 'refused' | 'gone';

export type Step =
  | { readonly do: 'act'; readonly verb: ActionVerb; readonly plugin: string }
  | { readonly do: 'signal'; readonly signal: NodeJS.Signals; readonly plugin: string }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'habit'; readonly plugin: string; readonly habit: Partial<Habit> }
  /** torud is killed when it passes the n-th point from now at which that can matter, and is back after `awayMs`. */
  | { readonly do: 'kill-daemon'; readonly afterPoints: number; readonly awayMs: number }
  | { readonly do: 'stop-daemon'; readonly keepPlugins: boolean; readonly awayMs: number }
  /** Fails from the n-th write on, for so long. */
  | {
      readonly do: 'store-fails';
      readonly how: StoreFault;
      readonly afterWrites: number;
      readonly forMs: number;
    }
  | { readonly do: 'set-clock'; readonly byMs: number }
  | { readonly do: 'reboot'; readonly awayMs: number; readonly keepsRunFiles: boolean }
  | { readonly do: 'catalog'; readonly plugin: string; readonly kind: CatalogKind; readonly digest: string }
  | { readonly do: 'kill-shim'; readonly plugin: string }
  | { readonly do: 'end-process'; readonly plugin: string; readonly ends: number | string };

export function describeStep(step: Step): string {
  const { do: what, ...rest } = step;
  return `${what} ${JSON.stringify(rest)}`;
}
