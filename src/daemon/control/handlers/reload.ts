/** `plugin.reload`: takes the files of now, and has running plugins take them as gently as they can. */

import type { PlanStep } from '../../../protocol/control/plan.ts';
import type {
  ActionOutcome,
  ActionParams,
  ActionResult,
  ReloadParams,
  ScanResult,
} from '../../../protocol/control/plugins.ts';
import type { ErrorBody } from '../../../protocol/errors.ts';
import { type Result, success } from '../../../protocol/result.ts';
import type { Clock } from '../../base/clock.ts';
import type { ReloadStep, SupervisorApi } from '../../supervisor/contract.ts';
import type { Caller } from '../access.ts';
import { type Groups, select, type Target } from '../selection.ts';
import { Patience } from './patience.ts';
import type { CallContext, Handlers } from './table.ts';

type Answer = Promise<Result<ActionResult, ErrorBody>>;

interface ReloadParts {
  readonly supervisor: Pick<SupervisorApi, 'ids' | 'compactRow' | 'plan' | 'reloadStep' | 'sendConfig'>;
  readonly clock: Clock;
  readonly groups?: Groups;
  refresh(): Promise<ScanResult>;
  /** Restarts these, and answers as `plugin.restart` does. */
  restart(params: ActionParams, caller: Caller, context: CallContext): Answer;
}

/** What is to be done for one plugin, or why nothing can be. */
type Verdict =
  | { readonly id: string; readonly step: ReloadStep }
  | { readonly id: string; readonly error: ErrorBody };

export function makeReloadHandler(parts: ReloadParts): Pick<Handlers, 'plugin.reload'> {
  return { 'plugin.reload': (params, caller, context) => new Reload(parts, params, caller, context).run() };
}

class Reload {
  readonly #parts: ReloadParts;
  readonly #params: ReloadParams;
  readonly #caller: Caller;
  readonly #context: CallContext;

  constructor(parts: ReloadParts, params: ReloadParams, caller: Caller, context: CallContext) {
    this.#parts = parts;
    this.#params = params;
    this.#caller = caller;
    this.#context = context;
  }

  async run(): Answer {
    const { supervisor, groups } = this.#parts;
    const { changed, added } = await this.#parts.refresh();
    const selected = select(this.#params, supervisor.ids(), 'action', groups);
    if (!selected.ok) return selected;
    const verdicts = selected.value.targets.map((target) => this.#judge(target));
    if (this.#params.dryRun === true) return success(this.#plan(verdicts));
    const isNew = new Set([...changed, ...added]);
    const told = this.#params.noBlock === true ? this.#tellLater(verdicts) : await this.#tell(verdicts);
    const toRestart = verdicts.flatMap((one) =>
      'step' in one && (one.step === 'restart' || told.get(one.id)?.kind === 'unknown') ? [one.id] : [],
    );
    const restarted = await this.#restart(toRestart);
    if (!restarted.ok) return restarted;
    const outcomes = verdicts.map((one): ActionOutcome => {
      const outcome = { plugin: one.id, changed: false, state: this.#state(one.id) };
      if ('error' in one) return { ...outcome, error: one.error };
      const done = restarted.value.find(({ plugin }) => plugin === one.id);
      if (done !== undefined) return done;
      const answer = told.get(one.id);
      if (answer?.kind === 'refused') return { ...outcome, error: answer.error };
      return { ...outcome, changed: answer?.kind === 'taken' || (one.step === 'files' && isNew.has(one.id)) };
    });
    this.#context.recordChange(
      outcomes.map(({ plugin, changed: isOther, error }) =>
        error === undefined ? { plugin, changed: isOther } : { plugin, error: error.code },
      ),
    );
    return success({ outcomes });
  }

  /** Nobody waits for their answers; one that does not know "reload" is restarted when it has said so. */
  #tellLater(verdicts: readonly Verdict[]): ReadonlyMap<string, Told> {
    const ids = idsWith('config', verdicts);
    for (const id of ids) {
      void this.#parts.supervisor.sendConfig(id, this.#caller.actor).then((answer) => {
        if (answer.kind === 'unknown') void this.#restart([id]);
      });
    }
    return new Map(ids.map((id) => [id, { kind: 'taken' }]));
  }

  #judge({ name, error }: Target): Verdict {
    if (error !== undefined) return { id: name, error };
    const step = this.#parts.supervisor.reloadStep(name);
    if (!step.ok) return { id: name, error: step.failure };
    return { id: name, step: this.#params.force === true ? 'restart' : step.value };
  }

  /** Plugins that can be told are told at once. A time limit that passes leaves them alone: what is pending is said. */
  async #tell(verdicts: readonly Verdict[]): Promise<ReadonlyMap<string, Told>> {
    const { supervisor, clock } = this.#parts;
    const patience = new Patience(clock, this.#params.timeoutMs ?? 0, this.#context.signal);
    const ids = idsWith('config', verdicts);
    try {
      const answers = ids.map(async (id): Promise<readonly [string, Told]> => {
        const answer = await patience.waitFor(supervisor.sendConfig(id, this.#caller.actor));
        return [id, typeof answer === 'string' ? { kind: 'refused', error: pending(id, answer) } : answer];
      });
      return new Map(await Promise.all(answers));
    } finally {
      patience.end();
    }
  }

  async #restart(names: readonly string[]): Promise<Result<readonly ActionOutcome[], ErrorBody>> {
    const { noBlock, timeoutMs } = this.#params;
    if (names.length === 0) return success([]);
    const params = {
      names,
      ...(noBlock === undefined ? {} : { noBlock }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    };
    // The audit keeps the request as it came.
    const context = { signal: this.#context.signal, recordChange: () => undefined };
    const done = await this.#parts.restart(params, this.#caller, context);
    return done.ok ? success(done.value.outcomes) : done;
  }

  #plan(verdicts: readonly Verdict[]): ActionResult {
    const { supervisor } = this.#parts;
    const asked = idsWith('restart', verdicts);
    const restarts = supervisor.plan('restart', asked);
    const others = verdicts.flatMap((one): PlanStep[] => {
      if (!('step' in one) || one.step === 'restart') return [];
      const { action, because } = STEP_TEXTS[one.step];
      return [{ plugin: one.id, action, level: 0, because, state: this.#state(one.id), lastMs: [] }];
    });
    const outcomes = verdicts.map((one): ActionOutcome => {
      const outcome = { plugin: one.id, changed: false, state: this.#state(one.id) };
      if ('error' in one) return { ...outcome, error: one.error };
      const restarted = restarts.outcomes.find(({ plugin }) => plugin === one.id);
      return restarted ?? { ...outcome, changed: one.step === 'config' };
    });
    const because = this.#params.force === true ? 'asked for' : 'its files or settings have changed';
    const steps = restarts.steps.map((step) => (asked.includes(step.plugin) ? { ...step, because } : step));
    return { outcomes, plan: [...others, ...steps] };
  }

  #state(id: string): ActionOutcome['state'] {
    return this.#parts.supervisor.compactRow(id)?.[1] ?? null;
  }
}

function idsWith(step: ReloadStep, verdicts: readonly Verdict[]): string[] {
  return verdicts.flatMap((one) => ('step' in one && one.step === step ? [one.id] : []));
}

type Told = Awaited<ReturnType<SupervisorApi['sendConfig']>>;

const STEP_TEXTS: Readonly<Record<Exclude<ReloadStep, 'restart'>, Pick<PlanStep, 'action' | 'because'>>> = {
  nothing: { action: 'nothing', because: 'nothing has changed' },
  files: { action: 'nothing', because: 'it does not run; its next start takes them' },
  config: { action: 'reload', because: 'only its config has changed; a restart if it does not know reload' },
};

function pending(id: string, ending: 'timeout' | 'interrupted'): ErrorBody {
  return { code: ending, message: 'it has not answered "reload" yet; it goes on', name: id };
}
