/** `toru daemon status`, `toru daemon reload`, `toru daemon stop`, `toru daemon upgrade` */

import type { ErrorBody } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';
import type { Command } from '../command.ts';
import { daemonAnswer } from '../daemon-block.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { startProgress } from '../progress.ts';
import type { Session } from '../session.ts';
import { within } from '../time-limit.ts';

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
  options: [],
  does: 'read torud.toml and the drop-ins again',
  details:
    'Prints the plugins whose settings changed; those that run take them at their next start. With an error in a file nothing changes.',
  examples: ['toru daemon reload'],
  run: runReload,
};

export const daemonStop: Command = {
  ...NO_OPERANDS,
  verb: 'daemon stop',
  kind: 'action',
  options: [{ name: 'keep-plugins', does: 'leave the plugins running; the next torud takes them over' }],
  does: 'stop the plugins, then torud',
  examples: ['toru daemon stop', 'toru daemon stop --keep-plugins'],
  run: runStop,
};

export const daemonUpgrade: Command = {
  ...NO_OPERANDS,
  verb: 'daemon upgrade',
  kind: 'action',
  options: [],
  does: 'replace torud by the installed version, with every plugin running',
  details:
    'The installed version first checks whether it would start; if not, the one that serves goes on. Commands that are given meanwhile wait, and follows go on by themselves.',
  examples: ['toru daemon upgrade', 'toru daemon upgrade --json'],
  run: runUpgrade,
};

async function runReload(session: Session): Promise<Answer> {
  const result = await session.client.call('daemon.reload', {}, session.globals.timeoutMs);
  if (!result.ok) return failed(result.failure);
  const { changed } = result.value;
  return {
    document: { changed },
    values: changed,
    table: { columns: [{ title: 'CHANGED' }], rows: changed.map((id) => [id]) },
  };
}

/** Done means gone: torud ends the connection as the last thing it does. */
async function runStop(session: Session): Promise<Answer> {
  const { timeoutMs, isBlocking } = session.globals;
  const keepPlugins = session.has('keep-plugins');
  const progress = startProgress(session, 'stopping');
  const result = await session.client.call('daemon.stop', keepPlugins ? { keepPlugins } : {}, timeoutMs);
  if (result.ok && isBlocking) {
    const closed = await within(
      session.client.closed.then(() => true),
      timeoutMs,
    );
    progress.end();
    if (closed === undefined)
      return failed({ code: 'timeout', message: `torud is still there after ${timeoutMs / 1000} s` });
  }
  progress.end();
  return result.ok ? { document: {} } : failed(result.failure);
}

/** Done means that the new version answers; without blocking, that its check was passed. */
async function runUpgrade(session: Session): Promise<Answer> {
  const { timeoutMs, isBlocking } = session.globals;
  const progress = startProgress(session, 'upgrading');
  const error = await within(upgrade(session, isBlocking), timeoutMs);
  progress.end();
  if (error === undefined)
    return failed(errorBody('timeout', `the new torud does not answer after ${timeoutMs / 1000} s`));
  return 'code' in error ? failed(error) : { document: error };
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
