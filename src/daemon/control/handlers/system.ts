/** Figures of the machine. */

import type { PluginProcesses, SystemFigures, SystemHistory } from '../../../protocol/control/system.ts';
import { success } from '../../../protocol/result.ts';
import { type LivePlugin, readPluginProcesses } from '../../metrics/host/plugin-processes.ts';
import type { SupervisorApi } from '../../supervisor/contract.ts';
import { allows, type Caller, roleOn } from '../access.ts';
import type { Handlers } from './table.ts';

const DEFAULT_POINTS = 3_600;

/** What of the machine is needed. */
export interface HostSource {
  read(): Promise<SystemFigures>;
  history(historyMs: number, points: number): SystemHistory;
}

export interface SystemParts {
  readonly host: HostSource;
  readonly supervisor: Pick<SupervisorApi, 'ids' | 'compactRow'>;
}

export function makeSystemHandlers({ host, supervisor }: SystemParts): Pick<Handlers, 'system.read'> {
  const processes = (caller: Caller): Promise<readonly PluginProcesses[]> =>
    readPluginProcesses(supervisor.ids().flatMap((id) => live(id, supervisor, caller) ?? []));
  return {
    'system.read': async ({ historyMs, points = DEFAULT_POINTS, processes: wantsProcesses }, caller) => {
      const [system, plugins] = await Promise.all([
        host.read(),
        wantsProcesses === true ? processes(caller) : undefined,
      ]);
      return success({
        system,
        ...(historyMs === undefined ? {} : { history: host.history(historyMs, points) }),
        ...(plugins === undefined ? {} : { plugins }),
      });
    },
  };
}

/** Arguments of a program may hold secrets, which whoever may only look at a plugin is not shown. */
function live(id: string, supervisor: SystemParts['supervisor'], caller: Caller): LivePlugin | undefined {
  const pid = supervisor.compactRow(id)?.[4] ?? null;
  return pid === null ? undefined : { id, pid, showsArguments: allows(roleOn(caller, id), 'operate') };
}
