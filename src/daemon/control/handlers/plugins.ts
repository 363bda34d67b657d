/** What plugins there are and how they are. */

import type { CompactRow, ListParams, PluginStatus, ScanResult } from '../../../protocol/control/plugins.ts';
import { noSuchPlugin } from '../../../protocol/errors.ts';
import { failure, success } from '../../../protocol/result.ts';
import type { SupervisorApi } from '../../supervisor/contract.ts';
import { seesValues, withHiddenSettings } from '../hidden-values.ts';
import { type Groups, select } from '../selection.ts';
import type { Handlers } from './table.ts';

type Topic = 'plugin.list' | 'plugin.listCompact' | 'plugin.show' | 'plugin.why' | 'plugin.scan';

/** What of the catalogue is needed. */
export interface Scanner {
  /** Looks at the plugin folder and says what is another one than before. */
  scan(): Promise<ScanResult>;
  /** Says what a scan would find, and leaves all as it is. */
  preview(): Promise<ScanResult>;
}

type Supervisor = Pick<SupervisorApi, 'ids' | 'status' | 'compactRow' | 'show' | 'why'>;

export function makePluginHandlers(
  supervisor: Supervisor,
  catalog: Scanner,
  groups?: Groups,
): Pick<Handlers, Topic> {
  return {
    'plugin.list': async (params) => {
      const selected = select(params, supervisor.ids(), 'list', groups);
      if (!selected.ok) return selected;
      const plugins: PluginStatus[] = [];
      for (const id of selected.value.ids) {
        const status = supervisor.status(id);
        if (status !== undefined && isWanted(params, status)) plugins.push(status);
      }
      return success({ plugins, errors: selected.value.missing });
    },
    'plugin.listCompact': async (params) => {
      const selected = select(params, supervisor.ids(), 'list', groups);
      if (!selected.ok) return selected;
      const rows: CompactRow[] = [];
      for (const id of selected.value.ids) {
        const row = supervisor.compactRow(id);
        if (row !== undefined && isWanted(params, { state: row[1], enabled: row[2] })) rows.push(row);
      }
      return success({ rows, errors: selected.value.missing });
    },
    'plugin.show': async ({ plugin }, caller) => {
      const shown = supervisor.show(plugin);
      if (shown === undefined) return failure(noSuchPlugin(plugin));
      return success(seesValues(caller, plugin) ? shown : withHiddenSettings(shown));
    },
    'plugin.why': async ({ plugin }) => supervisor.why(plugin),
    'plugin.scan': async ({ dryRun }) =>
      success(await (dryRun === true ? catalog.preview() : catalog.scan())),
  };
}

function isWanted(params: ListParams, plugin: Pick<PluginStatus, 'state' | 'enabled'>): boolean {
  if (params.states !== undefined && !params.states.includes(plugin.state)) return false;
  return params.enabled === undefined || params.enabled === plugin.enabled;
}
