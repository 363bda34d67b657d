/** `reload`: what of a plugin's files and settings its live run does not have, and how it gets it. */

import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { EffectiveSettings } from '../catalog/settings.ts';
import { planOf, type RunPlan } from '../runs/run-plan.ts';
import { ranText } from './actor-text.ts';
import { viewProblem } from './catalog-view.ts';
import type { ConfigAnswer, ReloadStep } from './contract.ts';
import { runOf } from './machine-model.ts';
import type { PluginRunner } from './plugin-runner.ts';
import type { RunnerSurroundings } from './runner-surroundings.ts';

export function reloadStep(runner: PluginRunner): Result<ReloadStep, ErrorBody> {
  const { view, plan, machine } = runner;
  if (view.kind !== 'entry') {
    const hint = 'what runs goes on; toru scan lists everything that is refused';
    return failure(errorBody('invalid', viewProblem(view), { name: runner.id, hint }));
  }
  const { name } = machine.phase;
  if (plan === undefined || runOf(machine) === undefined || name === 'stopping') return success('files');
  const next = planOf(view.entry);
  if (!isSameProgram(plan, next)) return success('restart');
  if (isDeepStrictEqual(plan.settings.config, next.settings.config)) return success('nothing');
  return success(plan.transport === 'none' || name !== 'running' ? 'restart' : 'config');
}

/** What the plugin has taken is that of its run from then on, also for a torud after this one. */
export async function sendConfig(
  around: RunnerSurroundings,
  runner: PluginRunner,
  actor: Actor,
): Promise<ConfigAnswer> {
  const { view, plan, run, machine } = runner;
  if (view.kind !== 'entry' || plan === undefined) return { kind: 'unknown' };
  const { settings } = view.entry;
  const answer = await run?.reload?.(settings.config, settings.start.timeoutMs);
  if (answer === undefined) return { kind: 'unknown' };
  if (!answer.ok) {
    const { code, message } = answer.failure;
    if (code === 'unknown_type' || code === 'unavailable') return { kind: 'unknown' };
    const hint = `it goes on with the old one; "toru reload --force ${runner.id}" restarts it`;
    const text = `it did not take its new config: ${code}: ${message}`;
    return { kind: 'refused', error: errorBody('failed', text, { name: runner.id, hint }) };
  }
  // It may have ended meanwhile; the next run takes all from the catalogue.
  if (runner.plan === plan) takeSettings(around, runner, { ...plan, settings });
  runner.note('changed', ranText(actor, 'reload', runner.id), actor, {
    runId: runOf(machine)?.runId ?? null,
    settings: ['config'],
  });
  return { kind: 'taken' };
}

function takeSettings(around: RunnerSurroundings, runner: PluginRunner, plan: RunPlan): void {
  runner.plan = plan;
  const runId = runOf(runner.machine)?.runId ?? null;
  if (runId === null) return;
  const { transport, command, settings } = plan;
  around.writer.record(() => {
    around.stores.runs.setSettings(runId, { transport, command, settings });
    return undefined;
  });
}

/** All but `config`, which a plugin can be told, and `groups`, which are no matter of the plugin. */
function isSameProgram(live: RunPlan, next: RunPlan): boolean {
  return (
    live.digest === next.digest &&
    live.transport === next.transport &&
    isDeepStrictEqual(live.command, next.command) &&
    isDeepStrictEqual(beside(live.settings), beside(next.settings))
  );
}

function beside({ config: _config, groups: _groups, ...settings }: EffectiveSettings): object {
  return settings;
}
