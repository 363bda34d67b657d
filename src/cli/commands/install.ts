/** `toru install PATH|TARBALL…`, `toru install --rollback NAME` */

import { resolve } from 'node:path';
import type { InstallResult } from '../../protocol/control/install.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';
import type { Result } from '../../protocol/result.ts';
import { CHANGED, changeAnswer, guardedLimitMs } from '../action-command.ts';
import type { Command } from '../command.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { errorDocument } from '../output/report-error.ts';
import { formatSize } from '../output/sizes.ts';
import { ABSENT, numberCell } from '../output/table.ts';
import { DRY_RUN, soleStep } from '../plan-answer.ts';
import { startProgress } from '../progress.ts';
import type { Session } from '../session.ts';

export const install: Command = {
  verb: 'install',
  kind: 'action',
  operands: 'PATH...',
  minOperands: 0,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: false,
  options: [
    {
      name: 'rollback',
      value: 'NAME',
      does: 'put the version before back, and keep the one that is there now in its turn',
    },
    { name: 'restart', does: 'restart the plugin if it runs, so that it takes the new version' },
    { ...DRY_RUN, does: 'change nothing: print what would be installed, or why it is refused' },
    CHANGED,
  ],
  does: 'put plugins into the plugin folder: a folder, a program, a .tar.gz or a .tgz',
  details: [
    'torud checks the plugin, copies it and puts it in its place in one step; the version before is kept for --rollback.',
    'Refused with exit code 6: metadata that are not valid, paths and links that lead out of the folder, devices,',
    'set-user-ID bits, more than 1 GiB or 100,000 files. A plugin that runs goes on with the old version until its',
    'next start. The same once more is no change.',
  ].join('\n'),
  examples: [
    'toru install ./weather',
    'toru install weather-1.2.0.tgz --restart',
    'toru install --dry-run weather-1.2.0.tgz',
    'toru install --rollback weather',
  ],
  run: runInstall,
};

interface Done {
  readonly subject: string;
  readonly result: Result<InstallResult, ErrorBody>;
  /** Of the restart afterwards. */
  readonly restartError?: ErrorBody | undefined;
}

async function runInstall(session: Session): Promise<Answer> {
  const rollback = session.value('rollback');
  const problem = usageProblem(session.operands, rollback);
  if (problem !== undefined) return failed(problem);
  const subjects = rollback === undefined ? session.operands : [rollback];
  const done: Done[] = [];
  for (const subject of subjects) done.push(await installOne(session, subject, rollback !== undefined));
  return session.has('dry-run') ? planAnswer(done) : doneAnswer(done, session);
}

function usageProblem(operands: readonly string[], rollback: string | undefined): ErrorBody | undefined {
  const hint = 'see "toru help install"';
  if (rollback === '') return errorBody('usage', "--rollback: the plugin's name is empty", { hint });
  if (rollback !== undefined && operands.length > 0)
    return errorBody('usage', 'give paths or --rollback, not both', { hint });
  if (rollback === undefined && operands.length === 0) return errorBody('usage', 'needs PATH...', { hint });
  return operands.includes('')
    ? errorBody('usage', 'a path is empty', { hint: 'is a variable of the script not set?' })
    : undefined;
}

async function installOne(session: Session, subject: string, isRollback: boolean): Promise<Done> {
  const { timeoutMs } = session.globals;
  const dryRun = session.has('dry-run') ? { dryRun: true } : {};
  const progress = startProgress(session, isRollback ? 'rolling back' : 'installing', subject);
  const result = isRollback
    ? await session.client.call('plugin.rollback', { plugin: subject, ...dryRun }, timeoutMs)
    : await session.client.call('plugin.install', { path: resolve(subject), ...dryRun }, timeoutMs);
  progress.end();
  if (!result.ok) {
    // What was typed says more than the absolute path.
    const { name: _path, ...error } = result.failure;
    const hint = error.code === 'timeout' ? { hint: 'torud gives it up, unless it was done by then' } : {};
    return { subject, result: { ok: false, failure: { ...error, ...hint, name: subject } } };
  }
  const wantsRestart = session.has('restart') && result.value.needsRestart && !session.has('dry-run');
  const restartError = wantsRestart ? await restart(session, result.value.plugin) : undefined;
  if (!wantsRestart || restartError !== undefined) return { subject, result, restartError };
  return { subject, result: { ok: true, value: { ...result.value, needsRestart: false } } };
}

async function restart(session: Session, plugin: string): Promise<ErrorBody | undefined> {
  const { timeoutMs, isBlocking } = session.globals;
  const progress = startProgress(session, 'restarting', plugin);
  const params = {
    names: [plugin],
    ...(timeoutMs === 0 ? {} : { timeoutMs }),
    ...(isBlocking ? {} : { noBlock: true }),
  };
  const result = await session.client.call('plugin.tryRestart', params, guardedLimitMs(timeoutMs));
  progress.end();
  const error = result.ok ? result.value.outcomes[0]?.error : result.failure;
  if (error === undefined) return undefined;
  return {
    ...error,
    name: plugin,
    message: `the new version is installed, but its restart failed: ${error.message}`,
  };
}

function doneAnswer(done: readonly Done[], session: Session): Answer {
  const results = done.flatMap(({ result }) => (result.ok ? [result.value] : []));
  const changes = results.map(({ plugin, changed }) => [plugin, changed ? 'changed' : 'unchanged'] as const);
  const restartHints = session.has('restart')
    ? []
    : results.filter((result) => result.needsRestart).map(restartHint);
  const hints = [...results.flatMap((result) => result.warnings), ...restartHints];
  return { ...documentOf(done), ...changeAnswer(changes, session.has('changed')), hints };
}

function restartHint({ plugin, previousVersion, version }: InstallResult): string {
  const still = previousVersion === null || previousVersion === version ? 'the old files' : previousVersion;
  return `${plugin} still runs ${still}; toru restart ${plugin} takes the new version`;
}

function planAnswer(done: readonly Done[]): Answer {
  const right = { align: 'right' } as const;
  const columns = [
    { title: 'ID' },
    { title: 'ACTION' },
    { title: 'FROM' },
    { title: 'TO' },
    { title: 'FILES', ...right },
    { title: 'SIZE', ...right },
  ];
  const results = done.flatMap(({ result }) => (result.ok ? [result.value] : []));
  const { document, ...others } = documentOf(done);
  const plan = results.map(({ plugin, changed }) =>
    changed ? soleStep(plugin, 'install', 'asked for') : soleStep(plugin, 'nothing', 'it is so already'),
  );
  return {
    ...others,
    document: { dryRun: true, plan, ...document },
    hints: results.flatMap(({ warnings }) => warnings),
    values: results.map(({ plugin }) => plugin),
    table: {
      columns,
      rows: results.map((result) => [
        result.plugin,
        result.changed ? 'install' : 'nothing',
        result.previousVersion ?? ABSENT,
        result.version,
        numberCell(result.files),
        numberCell(result.bytes, formatSize),
      ]),
    },
  };
}

function documentOf(done: readonly Done[]): Pick<Answer, 'document' | 'records' | 'errors'> {
  const outcomes = done.map(({ subject, result, restartError }) => {
    const error = result.ok ? restartError : result.failure;
    const shown = error === undefined ? {} : { error: errorDocument(error) };
    return { subject, ...(result.ok ? result.value : { changed: false }), ...shown };
  });
  const errors = done.flatMap(({ result, restartError }) => {
    const error = result.ok ? restartError : result.failure;
    return error === undefined ? [] : [error];
  });
  return { document: { outcomes }, records: outcomes, errors };
}
