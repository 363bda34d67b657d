/** install: what puts plugins into the plugin folder and takes them out. */

import { instanceCachingFactory } from 'tsyringe';
import type { Paths } from '../../protocol/paths.ts';
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/event-bus.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { type Catalog, SECURE_PATH } from '../catalog/catalog.ts';
import type { ConfigHolder } from '../config-holder.ts';
import type { KvStore } from '../data/kv.ts';
import { DropInFiles } from '../install/drop-in-file.ts';
import type { InstallHost } from '../install/install-host.ts';
import { Installer } from '../install/installer.ts';
import { PluginReader } from '../install/plugin-reader.ts';
import { Purge } from '../install/purge.ts';
import { PluginRows } from '../supervisor/plugin-rows.ts';
import type { Stores } from '../supervisor/runner-surroundings.ts';
import type { StateWriter } from '../supervisor/state-writer.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import * as tokens from '../tokens.ts';
import type { DaemonModule } from './daemon-module.ts';

export const installModule: DaemonModule = {
  name: 'install',
  register(container) {
    container.register<InstallHost>(tokens.INSTALL_HOST, {
      useFactory: instanceCachingFactory((c) => {
        const paths = c.resolve<Paths>(tokens.PATHS);
        const config = c.resolve<ConfigHolder>(tokens.CONFIG);
        return {
          pluginFolder: paths.pluginFolder,
          catalog: c.resolve<Catalog>(tokens.CATALOG),
          supervisor: c.resolve<Supervisor>(tokens.SUPERVISOR),
          log: c.resolve<SupervisorLog>(tokens.SUPERVISOR_LOG),
          reader: new PluginReader({
            socketFolder: paths.pluginSocketFolder,
            searchPath: SECURE_PATH,
            ownUid: process.getuid?.() ?? 0,
            clock: c.resolve<Clock>(tokens.CLOCK),
            defaults: () => config.current.defaults,
          }),
        };
      }),
    });
    container.register(tokens.INSTALLER, {
      useFactory: instanceCachingFactory((c) => new Installer(c.resolve<InstallHost>(tokens.INSTALL_HOST))),
    });
    container.register(tokens.DROP_IN_FILES, {
      useFactory: instanceCachingFactory(
        (c) =>
          new DropInFiles(
            c.resolve<Paths>(tokens.PATHS).dropInFolder,
            c.resolve<InstallHost>(tokens.INSTALL_HOST),
          ),
      ),
    });
    container.register(tokens.PURGE, {
      useFactory: instanceCachingFactory((c) => {
        const rows = new PluginRows(
          c.resolve<Stores>(tokens.STORES),
          c.resolve<KvStore>(tokens.KV_STORE),
          c.resolve<StateWriter>(tokens.STATE_WRITER),
          c.resolve<EventBus>(tokens.EVENT_BUS),
          c.resolve<Clock>(tokens.CLOCK),
        );
        return new Purge(c.resolve<Paths>(tokens.PATHS), rows, c.resolve<Installer>(tokens.INSTALLER));
      }),
    });
  },
};
