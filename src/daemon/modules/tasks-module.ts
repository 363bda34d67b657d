/** tasks: scripts that are run, their queue, output and history. */

import { type DependencyContainer, instanceCachingFactory } from 'tsyringe';
import type { Paths } from '../../protocol/paths.ts';
import type { Accounts } from '../base/accounts.ts';
import { type Clock, formatTime } from '../base/clock.ts';
import type { TaskSettings } from '../base/config-tasks.ts';
import type { EventBus } from '../base/event-bus.ts';
import { readBootId } from '../base/process-identity.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import type { ConfigHolder } from '../config-holder.ts';
import type { OutputReading } from '../control/handlers/task-output.ts';
import { FolderWatches } from '../logs/folder-watch.ts';
import type { Database } from '../store/database.ts';
import { TaskStore } from '../store/task-store.ts';
import type { StateWriter } from '../supervisor/state-writer.ts';
import { OutputCursor } from '../tasks/output-cursor.ts';
import { OutputFiles } from '../tasks/output-files.ts';
import { OutputHolds } from '../tasks/output-holds.ts';
import { ScriptFolder } from '../tasks/script-folder.ts';
import { TaskBook } from '../tasks/task-book.ts';
import { TaskQueue } from '../tasks/task-queue.ts';
import { TaskRetention } from '../tasks/task-retention.ts';
import { TaskRunner } from '../tasks/task-runner.ts';
import { Tasks } from '../tasks/tasks.ts';
import * as tokens from '../tokens.ts';
import type { DaemonModule } from './daemon-module.ts';

const DAY_MS = 86_400_000;

export const tasksModule: DaemonModule = {
  name: 'tasks',
  register(container) {
    container.register(tokens.TASKS, { useFactory: instanceCachingFactory(makeTasks) });
    container.register<OutputReading>(tokens.TASK_OUTPUT, {
      useFactory: instanceCachingFactory((c): OutputReading => {
        const files = outputFiles(c);
        const log = c.resolve<SupervisorLog>(tokens.SUPERVISOR_LOG);
        const watches = new FolderWatches(c.resolve<Clock>(tokens.CLOCK), (problem) =>
          log.write('warning', 'watch-failed', { folder: files.folder, error: problem }),
        );
        const holds = new OutputHolds(files);
        return {
          cursor: (id, from) => new OutputCursor(files, id, from),
          follow: (id, from) => holds.follow(id, from),
          onGrown: (id, listener) => {
            files.open();
            return watches.subscribe(files.folder, id, listener);
          },
        };
      }),
    });
  },
};

function makeTasks(c: DependencyContainer): Tasks {
  const paths = c.resolve<Paths>(tokens.PATHS);
  const clock = c.resolve<Clock>(tokens.CLOCK);
  const database = c.resolve<Database>(tokens.DATABASE);
  const config = c.resolve<ConfigHolder>(tokens.CONFIG);
  const settings = (): TaskSettings => config.current.tasks;
  const output = outputFiles(c);
  const bootId = readBootId();
  const queue = new TaskQueue();
  const scripts = new ScriptFolder(
    () => settings().scriptsFolder ?? paths.scriptsFolder,
    process.getuid?.() ?? 0,
  );
  const book = new TaskBook({
    store: new TaskStore(database),
    database,
    writer: c.resolve<StateWriter>(tokens.STATE_WRITER),
    bus: c.resolve<EventBus>(tokens.EVENT_BUS),
    retention: () => ({
      keep: settings().keep,
      endedBefore: formatTime(clock.now() - settings().keepDays * DAY_MS),
    }),
    onRemoved: (removed) => {
      for (const { id, outputSegment } of removed) output.remove(id, outputSegment);
    },
  });
  const runner = new TaskRunner({
    book,
    output,
    scripts,
    settings,
    accounts: c.resolve<Accounts>(tokens.ACCOUNTS),
    clock,
    log: c.resolve<SupervisorLog>(tokens.SUPERVISOR_LOG),
    paths,
    shimFile: c.resolve<string>(tokens.SHIM_FILE),
    bootId,
    onGone: (id, isAgain) => tasks.onGone(id, isAgain),
  });
  const runsPath = paths.taskRunsFolder;
  const retention = new TaskRetention(book, clock);
  const shared = { output, settings, clock, runsPath, bootId };
  const tasks = new Tasks({ book, queue, runner, scripts, retention, ...shared });
  return tasks;
}

function outputFiles(c: DependencyContainer): OutputFiles {
  return new OutputFiles(c.resolve<Paths>(tokens.PATHS).taskOutputFolder);
}
