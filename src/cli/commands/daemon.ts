/** `toru daemon status`, `toru daemon reload`, `toru daemon stop`, `toru daemon upgrade` */

import { limitText, within } from '../../client/time-limit.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';
import { changesAnswer } from '../action-command.ts';
import type { Command, OptionSpec } from '../command.ts';
import { daemonAnswer } from '../daemon-block.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { DRY_RUN, type PlanRow, planAnswer, soleStep } from '../plan-answer.ts';
import { startProgress } from '../progress.ts';
import type { Session } from '../session.ts';

/** Pending plugins that a time-out names. */
const MAX_NAMED = 10;
/** For the look at what is pending, when the time has passed already. */
const LAST_LOOK_MS = 500;

const CHANGED_TORUD: OptionSpec = { name: 'changed', does: 'print "torud" and "changed" when it is done' };

const NO_OPERANDS = { operands: '', minOperands: 0, maxOperands: 0, takesNames: false } as const;

export const daemonStatus: Command = {
  ...NO_OPERANDS,
  verb: 'daemon status',
  kind: 'query',
  options: [],
  does: 'show torud: version, pid, counts, paths, what ails it',
  examples: ['toru daemon status', 'toru daemon status --json'],
  run: daemonAnswer,
};

export const daemonReload: Command = {
  ...NO_OPERANDS,
  verb: 'daemon reload',
  kind: 'action',
  options: [
    {
      name: 'changed',
      does: 'print a line a plugin whose settings changed: its id and "changed"; "torud unchanged" for none',
    },
    DRY_RUN,
  ],
  does: 'read torud.toml and the drop-ins again',
  details:
    'Plugins that run take changed settings at their next start. With an error in a file nothing changes.',
  examples: ['toru daemon reload', 'toru daemon reload --changed'],
  run: runReload,
};

export const daemonStop: Command = {
  ...NO_OPERANDS,
  verb: 'daemon stop',
  kind: 'action',
  options: [
    { name: 'keep-plugins', does: 'leave the plugins running; the next torud takes them over' },
    CHANGED_TORUD,
    DRY_RUN,
  ],
  does: 'stop the plugins, then torud',
  examples: ['toru daemon stop', 'toru daemon stop --keep-plugins'],
  run: runStop,
};

export const daemonUpgrade: Command = {
  ...NO_OPERANDS,
  verb: 'daemon upgrade',
  kind: 'action',
  options: [CHANGED_TORUD, DRY_RUN],
  does: 'replace torud by the installed version, with every plugin running',
  details:
    'The installed version first checks whether it would start; if not, the one that serves goes on. Commands that are given meanwhile wait, and follows go on by themselves.',
  examples: ['toru daemon upgrade', 'toru daemon upgrade --json'],
  run: runUpgrade,
};

async function runReload(session: Session): Promise<Answer> {
  const isDry = session.has('dry-run');
  const params = isDry ? { dryRun: true } : {};
  const result = await session.client.call('daemon.reload', params, session.globals.timeoutMs);
  if (!result.ok) return failed(result.failure);
  const { changed } = result.value;
  if (isDry) {
    return planAnswer({
      plan: changed.map((id) => soleStep(id, 'reload', 'its settings change; if it runs, at its next start')),
      outcomes: changed.map((plugin) => ({ plugin, changed: true })),
      more: { changed },
    });
  }
  return { document: { changed }, ...(session.has('changed') ? changesAnswer(changed) : { values: [] }) };
}

/** The plugins in the order in which they go, then torud. */
async function planStop(session: Session): Promise<Answer> {
  const { timeoutMs } = session.globals;
  const keepPlugins = session.has('keep-plugins');
  const params = { dryRun: true, ...(keepPlugins ? { keepPlugins } : {}) };
  const allowed = await session.client.call('daemon.stop', params, timeoutMs);
  if (!allowed.ok) return failed(allowed.failure);
  const all = { all: true, dryRun: true } as const;
  const stops = keepPlugins ? undefined : await session.client.call('plugin.stop', all, timeoutMs);
  if (stops?.ok === false) return failed(stops.failure);
  const steps: PlanRow[] = (stops?.value.plan ?? []).filter(({ action }) => action !== 'nothing');
  const level = Math.max(-1, ...steps.map((step) => step.level)) + 1;
  const because = keepPlugins ? 'asked for; plugins go on running' : 'asked for';
  return planAnswer({
    plan: [...steps, { ...soleStep('torud', 'stop', because), level }],
    outcomes: [...steps.map(({ plugin }) => ({ plugin, changed: true })), { plugin: 'torud', changed: true }],
  });
}

/** What `--changed` prints of torud itself. */
function torudChanged(session: Session): Pick<Answer, 'values' | 'table'> {
  return session.has('changed') ? changesAnswer(['torud']) : { values: [] };
}

/** Done means gone: torud ends the connection as the last thing it does. */
async function runStop(session: Session): Promise<Answer> {
  if (session.has('dry-run')) return planStop(session);
  const { timeoutMs, isBlocking } = session.globals;
  const keepPlugins = session.has('keep-plugins');
  const progress = startProgress(session, 'stopping', 'torud');
  const work = async (): Promise<Answer> => {
    const result = await session.client.call('daemon.stop', keepPlugins ? { keepPlugins } : {});
    if (result.ok && isBlocking) await session.client.closed;
    return result.ok ? { document: {}, ...torudChanged(session) } : failed(result.failure);
  };
  // Asked before: a torud that is about to go may answer nothing any more.
  const before = keepPlugins ? undefined : pluginsWithProcess(session, timeoutMs);
  const answer = await within(work(), timeoutMs);
  const isPending = answer === undefined && !keepPlugins;
  const pending = isPending ? ((await pluginsWithProcess(session, LAST_LOOK_MS)) ?? (await before)) : [];
  progress.end();
  return answer ?? failed(stillThere(timeoutMs, pending ?? []));
}

/** Their ids; undefined when torud did not say. */
async function pluginsWithProcess(session: Session, limitMs: number): Promise<readonly string[] | undefined> {
  const found = await session.client.call('plugin.listCompact', {}, limitMs);
  return found.ok ? found.value.rows.filter(([, , , , pid]) => pid !== null).map(([id]) => id) : undefined;
}

function stillThere(timeoutMs: number, pending: readonly string[]): ErrorBody {
  const hidden = pending.length - MAX_NAMED;
  const names = pending.slice(0, MAX_NAMED).join(', ') + (hidden > 0 ? ` and ${hidden} more` : '');
  const what = pending.length === 0 ? '' : `; pending: ${names}`;
  const message = `torud is still there after ${limitText(timeoutMs)}${what}`;
  return errorBody('timeout', message, { name: pending[0] });
}

/** Done means that the new version answers; without blocking, that its check was passed. */
async function runUpgrade(session: Session): Promise<Answer> {
  if (session.has('dry-run')) return planUpgrade(session);
  const { timeoutMs, isBlocking } = session.globals;
  const progress = startProgress(session, 'upgrading', 'torud');
  const error = await within(upgrade(session, isBlocking), timeoutMs);
  progress.end();
  if (error === undefined)
    return failed(errorBody('timeout', `the new torud does not answer after ${timeoutMs / 1000} s`));
  return 'code' in error ? failed(error) : { document: error, ...torudChanged(session) };
}

async function planUpgrade(session: Session): Promise<Answer> {
  const checked = await session.client.call('daemon.upgrade', { dryRun: true }, session.globals.timeoutMs);
  if (!checked.ok) return failed(checked.failure);
  const { from, to } = checked.value;
  return planAnswer({
    plan: [soleStep('torud', 'upgrade', `version ${from} is replaced by ${to}; plugins go on running`)],
    outcomes: [{ plugin: 'torud', changed: true }],
    more: { from, to },
  });
}

/** The versions, or what went wrong. */
async function upgrade(
  session: Session,
  isBlocking: boolean,
): Promise<{ readonly from: string; readonly to: string } | ErrorBody> {
  const begun = await session.client.call('daemon.upgrade', {});
  if (!begun.ok) return begun.failure;
  const { from, to, since } = begun.value;
  if (!isBlocking) return { from, to };
  await session.client.closed;
  const status = await session.client.call('daemon.status', {});
  if (!status.ok) return status.failure;
  const { daemon } = status.value;
  if (daemon.since !== since) return { from, to: daemon.version };
  const reason = daemon.problems.find((problem) => problem.includes('upgrade failed'));
  return errorBody('failed', reason ?? `torud ${from} could not be replaced`);
}
