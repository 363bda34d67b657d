/** How long the steps of a plan took the last times. */

import type { PlanStep } from '../../protocol/control/plan.ts';
import type { PlannedStep } from './plan.ts';
import type { PluginRunner } from './plugin-runner.ts';
import type { Stores } from './runner-surroundings.ts';
import type { StateWriter } from './state-writer.ts';

/** Past times that are told, newest first. */
const MAX_TIMES = 5;
const ENDING: ReadonlySet<PlannedStep['action']> = new Set(['stop', 'disable', 'restart', 'remove']);
const STARTING: ReadonlySet<PlannedStep['action']> = new Set(['start', 'enable']);

export class StepTimes {
  readonly #stores: Pick<Stores, 'runs'>;
  readonly #writer: StateWriter;

  constructor(stores: Pick<Stores, 'runs'>, writer: StateWriter) {
    this.#stores = stores;
    this.#writer = writer;
  }

  /** Without the database nothing is known. Of a restart it is the stop that is told. */
  of(
    { plugin, action }: PlannedStep,
    runner: PluginRunner | undefined,
  ): Pick<PlanStep, 'lastMs' | 'graceMs'> {
    const { runs } = this.#stores;
    if (STARTING.has(action)) {
      return { lastMs: this.#writer.read(() => runs.lastStartsMs(plugin, MAX_TIMES)) ?? [] };
    }
    if (!ENDING.has(action)) return { lastMs: [] };
    const lastMs = this.#writer.read(() => runs.lastStopsMs(plugin, MAX_TIMES)) ?? [];
    const graceMs = runner?.run === undefined ? undefined : runner.plan?.settings.stop.graceMs;
    return graceMs === undefined ? { lastMs } : { lastMs, graceMs };
  }
}
