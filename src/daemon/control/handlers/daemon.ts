/** The daemon itself. */

import type {
  CallerStatus,
  DaemonReloadResult,
  DaemonStatus,
  DaemonStopParams,
  DaemonUpgradeResult,
} from '../../../protocol/control/daemon.ts';
import type { Actor } from '../../../protocol/control/plugins.ts';
import type { ErrorBody } from '../../../protocol/errors.ts';
import { type Result, success } from '../../../protocol/result.ts';
import type { Caller } from '../access.ts';
import type { Handlers } from './table.ts';

/** What the composition root gives of the daemon. */
export interface DaemonControl {
  status(): DaemonStatus;
  /** Reads torud.toml and the drop-ins again. Failure: nothing was changed. */
  reload(): Promise<Result<DaemonReloadResult, ErrorBody>>;
  /** What `reload` would change. */
  previewReload(): Promise<Result<DaemonReloadResult, ErrorBody>>;
  /** Begins to stop and returns at once; the answer to the client leaves before the control server closes. */
  stop(params: DaemonStopParams): void;
  /**
   * Has the installed version check itself; after a success it takes this one's place, and the answer to the client
   * leaves before. Failure: this one goes on.
   */
  upgrade(actor: Actor): Promise<Result<DaemonUpgradeResult, ErrorBody>>;
  /** Only the check of the installed version. */
  previewUpgrade(): Promise<Result<DaemonUpgradeResult, ErrorBody>>;
}

export function makeDaemonHandlers(
  daemon: DaemonControl,
): Pick<Handlers, 'daemon.status' | 'daemon.reload' | 'daemon.stop' | 'daemon.upgrade'> {
  return {
    'daemon.status': async (_params, caller) =>
      success({ daemon: { ...daemon.status(), caller: callerStatus(caller) } }),
    'daemon.reload': ({ dryRun }) => (dryRun === true ? daemon.previewReload() : daemon.reload()),
    'daemon.stop': async (params, _caller, context) => {
      if (params.dryRun === true) return success({});
      // The database may be closed before this returns to the dispatcher.
      context.recordChange({ ok: true });
      daemon.stop(params);
      return success({});
    },
    'daemon.upgrade': ({ dryRun }, caller) =>
      dryRun === true ? daemon.previewUpgrade() : daemon.upgrade(caller.actor),
  };
}

function callerStatus({ actor, role, grants = [] }: Caller): CallerStatus {
  const { uid, name } = actor;
  return {
    ...(uid === undefined ? {} : { uid }),
    ...(name === undefined ? {} : { name }),
    role,
    rules: grants,
  };
}
