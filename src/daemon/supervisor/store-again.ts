/** What torud knows of a plugin and its live run goes into a database that was made anew. */

import { formatTime } from '../base/clock.ts';
import { runOf } from './machine-model.ts';
import type { PluginRunner } from './plugin-runner.ts';
import { writeBegin } from './run-records.ts';
import type { RunnerSurroundings } from './runner-surroundings.ts';

/** Replaces the plugin's row; adds the row of its live run where it is missing. */
export function storeAgain(around: RunnerSurroundings, runner: PluginRunner): void {
  const { writer, stores, bootId } = around;
  const { record, plan, pid } = runner;
  const run = runOf(runner.machine);
  const shimPid = runner.run?.shimPid ?? null;
  writer.record(() => {
    stores.plugins.save(record);
    const runId = run?.runId ?? null;
    if (plan === undefined || run === undefined || runId === null) return undefined;
    if (stores.runs.get(runId) !== undefined) return undefined;
    writeBegin(stores, { runId, plan, bootId, startedAtMs: run.startedAt });
    if (shimPid !== null) stores.runs.setShim(runId, shimPid);
    if (pid !== null) stores.runs.setStarted(runId, pid);
    if (run.readyAt !== null) stores.runs.setReady(runId, formatTime(run.readyAt));
    return undefined;
  });
}
