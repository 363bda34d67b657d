/** The only composition root: which modules there are, and what they cannot know themselves. */

import 'reflect-metadata';
import { container as rootContainer } from 'tsyringe';
import type { Paths } from '../protocol/paths.ts';
import type { DaemonConfig } from './base/config.ts';
import { ConfigHolder } from './config-holder.ts';
import { Daemon } from './daemon.ts';
import { automationModule } from './modules/automation-module.ts';
import { baseModule } from './modules/base-module.ts';
import { controlModule } from './modules/control-module.ts';
import type { DaemonModule } from './modules/daemon-module.ts';
import { installModule } from './modules/install-module.ts';
import { pluginsModule } from './modules/plugins-module.ts';
import { storeModule } from './modules/store-module.ts';
import { tasksModule } from './modules/tasks-module.ts';
import type { ServiceNotifier } from './service/service-notifier.ts';
import {
  CONFIG,
  DAEMON_CONTROL,
  ECHO,
  INSTALLED_PROGRAM,
  KERNEL_CALLS,
  PATHS,
  SERVICE,
  SHIM_FILE,
} from './tokens.ts';
import type { Inheritance } from './upgrade/handover.ts';
import type { InstalledProgram } from './upgrade/installed-version.ts';
import type { KernelCalls } from './upgrade/kernel-calls.ts';

export interface DaemonInputs {
  readonly paths: Paths;
  readonly config: DaemonConfig;
  /** toru-shim's program. */
  readonly shimFile: string;
  /** Where the log is repeated in short form; undefined: nowhere. */
  readonly echo: NodeJS.WritableStream | undefined;
  /** What takes our place in an upgrade. */
  readonly installed: InstalledProgram;
  /** Undefined: there are none, so that in an upgrade clients cannot wait. */
  readonly calls: KernelCalls | undefined;
  /** Undefined: no service manager wants to be told. */
  readonly service: ServiceNotifier | undefined;
  /** Of the torud that was in this process before. */
  readonly inheritance: Inheritance | undefined;
}

const MODULES: readonly DaemonModule[] = [
  baseModule,
  storeModule,
  pluginsModule,
  tasksModule,
  automationModule,
  installModule,
  controlModule,
];

export function composeDaemon(inputs: DaemonInputs): Daemon {
  const container = rootContainer.createChildContainer();
  container.register(PATHS, { useValue: inputs.paths });
  container.register(CONFIG, { useValue: new ConfigHolder(inputs.config) });
  container.register(SHIM_FILE, { useValue: inputs.shimFile });
  container.register(ECHO, { useValue: { stream: inputs.echo } });
  container.register(INSTALLED_PROGRAM, { useValue: inputs.installed });
  container.register(KERNEL_CALLS, { useValue: { calls: inputs.calls } });
  container.register(SERVICE, { useValue: { notifier: inputs.service } });
  for (const module of MODULES) module.register(container);
  const daemon = new Daemon(container, inputs.inheritance);
  container.register(DAEMON_CONTROL, { useValue: daemon });
  return daemon;
}
