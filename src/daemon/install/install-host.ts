/** What an installation needs of the rest of torud. */

import type { Refusal } from '../../protocol/control/plugins.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import type { AskedChange } from '../catalog/asked-change.ts';
import type { CatalogEntry } from '../catalog/settings.ts';
import type { PluginReader } from './plugin-reader.ts';
import type { BeforeStep } from './swap.ts';

export interface CatalogPort {
  get(id: string): CatalogEntry | undefined;
  entries(): readonly CatalogEntry[];
  refusals(): readonly Refusal[];
  refresh(): Promise<unknown>;
  /** Runs the work between two looks at the plugin folder. */
  betweenScans<Value>(work: () => Value): Promise<Value>;
}

export interface SupervisorPort {
  /** True while there is a process that goes on with what it was started from. */
  hasProcess(id: string): boolean;
  /** Runs the work; what it changes in the catalogue for this plugin is told as `change`, and it is told in any case. */
  attribute(id: string, change: AskedChange, work: () => Promise<unknown>): Promise<void>;
}

export interface InstallHost {
  readonly pluginFolder: string;
  readonly catalog: CatalogPort;
  readonly supervisor: SupervisorPort;
  readonly reader: PluginReader;
  readonly log: SupervisorLog;
  /** For tests: called before each step that changes the plugin folder. */
  readonly beforeStep?: BeforeStep;
}
