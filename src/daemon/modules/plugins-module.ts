/** catalog, runs, logs and supervisor: everything that plugins are run with. */

import { instanceCachingFactory } from 'tsyringe';
import type { Paths } from '../../protocol/paths.ts';
import type { Accounts } from '../base/accounts.ts';
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/event-bus.ts';
import { readBootId } from '../base/process-identity.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { Catalog } from '../catalog/catalog.ts';
import type { ConfigHolder } from '../config-holder.ts';
import type { KvStore } from '../data/kv.ts';
import { LogReader } from '../logs/log-reader.ts';
import { FolderEvents } from '../runs/folder-events.ts';
import type { RunFactory } from '../runs/live-run.ts';
import { PluginRun, type RunSurroundings } from '../runs/plugin-run.ts';
import type { InstanceSettings } from '../store/instance-settings.ts';
import { type Recovered, recover } from '../supervisor/recovery.ts';
import { RunIds, type RunnerSurroundings, type Stores } from '../supervisor/runner-surroundings.ts';
import type { StateWriter } from '../supervisor/state-writer.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import * as tokens from '../tokens.ts';
import type { DaemonModule } from './daemon-module.ts';

export const pluginsModule: DaemonModule = {
  name: 'plugins',
  register(container) {
    container.register(tokens.CATALOG, {
      useFactory: instanceCachingFactory((c) => {
        const holder = c.resolve<ConfigHolder>(tokens.CONFIG);
        return new Catalog({
          paths: c.resolve<Paths>(tokens.PATHS),
          log: c.resolve<SupervisorLog>(tokens.SUPERVISOR_LOG),
          bus: c.resolve<EventBus>(tokens.EVENT_BUS),
          clock: c.resolve<Clock>(tokens.CLOCK),
          config: () => holder.current,
        });
      }),
    });
    container.register(tokens.LOG_READER, {
      useFactory: instanceCachingFactory(
        (c) =>
          new LogReader(
            c.resolve<Paths>(tokens.PATHS),
            c.resolve<SupervisorLog>(tokens.SUPERVISOR_LOG),
            c.resolve<Clock>(tokens.CLOCK),
          ),
      ),
    });
    container.register<RunSurroundings>(tokens.RUN_SURROUNDINGS, {
      useFactory: instanceCachingFactory((c) => {
        const paths = c.resolve<Paths>(tokens.PATHS);
        const log = c.resolve<SupervisorLog>(tokens.SUPERVISOR_LOG);
        const clock = c.resolve<Clock>(tokens.CLOCK);
        const accounts = c.resolve<Accounts>(tokens.ACCOUNTS);
        const holder = c.resolve<ConfigHolder>(tokens.CONFIG);
        return {
          paths,
          shimFile: c.resolve<string>(tokens.SHIM_FILE),
          clock,
          accounts,
          log,
          socketGid: () => socketGidOf(holder.current.pluginSocketGroup, accounts),
          runsFolder: new FolderEvents({ folder: paths.runsFolder, mode: 0o700, log, clock }),
          socketFolder: new FolderEvents({
            folder: paths.pluginSocketFolder,
            mode: socketFolderMode(),
            log,
            clock,
          }),
        };
      }),
    });
    container.register<Recovered>(tokens.RECOVERED, {
      useFactory: instanceCachingFactory((c) =>
        recover({
          stores: c.resolve<Stores>(tokens.STORES),
          writer: c.resolve<StateWriter>(tokens.STATE_WRITER),
          catalog: c.resolve<Catalog>(tokens.CATALOG),
          log: c.resolve<SupervisorLog>(tokens.SUPERVISOR_LOG),
          runsFolder: c.resolve<Paths>(tokens.PATHS).runsFolder,
          bootId: readBootId(),
          nowMs: c.resolve<Clock>(tokens.CLOCK).now(),
        }),
      ),
    });
    container.register(tokens.SUPERVISOR, {
      useFactory: instanceCachingFactory((c) => {
        const around: RunnerSurroundings = {
          clock: c.resolve<Clock>(tokens.CLOCK),
          log: c.resolve<SupervisorLog>(tokens.SUPERVISOR_LOG),
          bus: c.resolve<EventBus>(tokens.EVENT_BUS),
          writer: c.resolve<StateWriter>(tokens.STATE_WRITER),
          stores: c.resolve<Stores>(tokens.STORES),
          kv: c.resolve<KvStore>(tokens.KV_STORE),
          logReader: c.resolve<LogReader>(tokens.LOG_READER),
          runs: runsOf(c.resolve<RunSurroundings>(tokens.RUN_SURROUNDINGS)),
          paths: c.resolve<Paths>(tokens.PATHS),
          runIds: new RunIds(c.resolve<Recovered>(tokens.RECOVERED).nextRunId),
          bootId: readBootId(),
          instanceId: c.resolve<InstanceSettings>(tokens.INSTANCE_SETTINGS).instanceId(),
          leaving: { isSet: false },
          chance: Math.random,
        };
        return new Supervisor(around, c.resolve<Catalog>(tokens.CATALOG));
      }),
    });
  },
};

function runsOf(around: RunSurroundings): RunFactory {
  return {
    begin: (options) => PluginRun.begin(around, options),
    adopt: (options, wasReady) => PluginRun.adopt(around, options, wasReady),
  };
}

/** Under root, plugins of other users have folders of their own for their sockets (runs/run-plan.ts), and pass through here. */
function socketFolderMode(): number {
  return process.getuid?.() === 0 ? 0o711 : 0o700;
}

/** Only root can let others in, and only where it runs plugins need there be others. */
function socketGidOf(group: string, accounts: Accounts): number | undefined {
  return process.getuid?.() === 0 ? accounts.group(group)?.gid : undefined;
}
