/** All verbs, in the order of the help. */

import type { Command } from './command.ts';
import { crashes, crashesShow } from './commands/crashes.ts';
import { daemonReload, daemonStatus, daemonStop, daemonUpgrade } from './commands/daemon.ts';
import { disable } from './commands/disable.ts';
import { enable } from './commands/enable.ts';
import { events } from './commands/events.ts';
import { isActive } from './commands/is-active.ts';
import { isEnabled } from './commands/is-enabled.ts';
import { isFailed } from './commands/is-failed.ts';
import { kill } from './commands/kill.ts';
import { kvDelete, kvGet, kvList, kvSet } from './commands/kv.ts';
import { list } from './commands/list.ts';
import { logs } from './commands/logs.ts';
import { resetFailed } from './commands/reset-failed.ts';
import { restart } from './commands/restart.ts';
import { scan } from './commands/scan.ts';
import { show } from './commands/show.ts';
import { start } from './commands/start.ts';
import { status } from './commands/status.ts';
import { stop } from './commands/stop.ts';
import { tryRestart } from './commands/try-restart.ts';
import { version } from './commands/version.ts';
import { wait } from './commands/wait.ts';
import { why } from './commands/why.ts';
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

export interface VerbGroup {
  readonly title: string;
  readonly commands: readonly Command[];
}

export const VERB_GROUPS: readonly VerbGroup[] = [
  { title: 'See', commands: [fullList, status, show, why, isActive, isEnabled, isFailed] },
  { title: 'Act', commands: [start, stop, restart, tryRestart, enable, disable, kill, resetFailed, wait] },
  { title: 'Understand', commands: [logs, crashes, crashesShow, events] },
  { title: 'Data', commands: [kvGet, kvSet, kvDelete, kvList] },
  { title: 'toru itself', commands: [scan, daemonStatus, daemonReload, daemonStop, daemonUpgrade, version] },
];

export const COMMANDS: readonly Command[] = VERB_GROUPS.flatMap((group) => group.commands);
