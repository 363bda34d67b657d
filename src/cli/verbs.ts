/** All verbs, in the order of the help. */

import type { Command } from './command.ts';
import { actions, actionsList, actionsRemove } from './commands/actions.ts';
import { actionsRun } from './commands/actions-run.ts';
import { actionsAdd, actionsEdit } from './commands/actions-set.ts';
import { cat } from './commands/cat.ts';
import { check } from './commands/check.ts';
import { completionCommand } from './commands/completion.ts';
import { crashes, crashesShow } from './commands/crashes.ts';
import { crashesDiff } from './commands/crashes-diff.ts';
import { crashesExport } from './commands/crashes-export.ts';
import { daemonReload, daemonStatus, daemonStop, daemonUpgrade } from './commands/daemon.ts';
import { daemonLogLevel } from './commands/daemon-log-level.ts';
import { disable } from './commands/disable.ts';
import { doctor } from './commands/doctor.ts';
import { edit } from './commands/edit.ts';
import { enable } from './commands/enable.ts';
import { events } from './commands/events.ts';
import { install } from './commands/install.ts';
import { isActive } from './commands/is-active.ts';
import { isEnabled } from './commands/is-enabled.ts';
import { isFailed } from './commands/is-failed.ts';
import { kill } from './commands/kill.ts';
import { kvDelete, kvGet, kvList, kvSet } from './commands/kv.ts';
import { list } from './commands/list.ts';
import { listDependencies } from './commands/list-dependencies.ts';
import { logs } from './commands/logs.ts';
import { metrics } from './commands/metrics.ts';
import { reload } from './commands/reload.ts';
import { remove } from './commands/remove.ts';
import { resetFailed } from './commands/reset-failed.ts';
import { restart } from './commands/restart.ts';
import { run } from './commands/run.ts';
import { runs } from './commands/runs.ts';
import { scan } from './commands/scan.ts';
import { schedules } from './commands/schedules.ts';
import { scripts } from './commands/scripts.ts';
import { show } from './commands/show.ts';
import { start } from './commands/start.ts';
import { status } from './commands/status.ts';
import { stop } from './commands/stop.ts';
import { system } from './commands/system.ts';
import { taskCancel } from './commands/task-cancel.ts';
import { taskLogs } from './commands/task-logs.ts';
import { taskShow } from './commands/task-show.ts';
import { taskWait } from './commands/task-wait.ts';
import { tasks } from './commands/tasks.ts';
import { top } from './commands/top.ts';
import { tryRestart } from './commands/try-restart.ts';
import { version } from './commands/version.ts';
import { wait } from './commands/wait.ts';
import { why } from './commands/why.ts';
import { fullAction } from './full-action.ts';
import { runLiveList } from './live-list.ts';

/** `list` with what only the full bundle brings. */
const fullList: Command = {
  ...list,
  options: [
    ...list.options,
    { name: 'watch', short: 'w', does: 'keep the list up to date until q or Ctrl-C' },
  ],
  run: (session) => (session.has('watch') ? runLiveList(session) : list.run(session)),
};

const completion = completionCommand(() => COMMANDS);

export interface VerbGroup {
  readonly title: string;
  readonly commands: readonly Command[];
}

export const VERB_GROUPS: readonly VerbGroup[] = [
  {
    title: 'See',
    commands: [fullList, top, status, show, why, listDependencies, isActive, isEnabled, isFailed],
  },
  {
    title: 'Act',
    commands: [
      ...[start, stop, restart, tryRestart, reload, enable, disable, kill, resetFailed].map(fullAction),
      wait,
    ],
  },
  { title: 'Understand', commands: [logs, crashes, crashesShow, crashesDiff, crashesExport, events, runs] },
  {
    title: 'Scripts',
    commands: [
      ...[scripts, run, tasks, taskShow, taskLogs, taskCancel, taskWait, schedules],
      ...[actions, actionsList, actionsAdd, actionsEdit, actionsRemove, actionsRun],
    ],
  },
  { title: 'Install', commands: [install, fullAction(remove), cat, edit] },
  { title: 'Data', commands: [kvGet, kvSet, kvDelete, kvList] },
  {
    title: 'toru itself',
    commands: [
      scan,
      check,
      doctor,
      daemonStatus,
      daemonReload,
      daemonStop,
      daemonUpgrade,
      daemonLogLevel,
      metrics,
      system,
      completion,
      version,
    ],
  },
];

export const COMMANDS: readonly Command[] = VERB_GROUPS.flatMap((group) => group.commands);
