/** What is put into the plugin folder, and the settings that an admin lays beside it. */

import { noSuchPlugin } from '../../../protocol/errors.ts';
import { failure } from '../../../protocol/result.ts';
import type { DropInFiles } from '../../install/drop-in-file.ts';
import type { Installer } from '../../install/installer.ts';
import type { Handlers } from './table.ts';

export interface InstallParts {
  readonly installer: Pick<Installer, 'install' | 'rollback'>;
  readonly dropIns: Pick<DropInFiles, 'read' | 'set'>;
  /** Ids of the plugins that there are, refused ones included. */
  ids(): readonly string[];
}

type Topic = 'plugin.install' | 'plugin.rollback' | 'plugin.dropIn' | 'plugin.setDropIn';

export function makeInstallHandlers({ installer, dropIns, ids }: InstallParts): Pick<Handlers, Topic> {
  return {
    'plugin.install': (params, caller, context) => installer.install(params, caller.actor, context.signal),
    'plugin.rollback': (params, caller) => installer.rollback(params, caller.actor),
    'plugin.dropIn': async ({ plugin }) =>
      ids().includes(plugin) ? dropIns.read(plugin) : failure(noSuchPlugin(plugin)),
    'plugin.setDropIn': async (params, caller) =>
      ids().includes(params.plugin)
        ? dropIns.set(params, caller.actor)
        : failure(noSuchPlugin(params.plugin)),
  };
}
