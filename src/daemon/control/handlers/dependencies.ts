/** What plugins need of each other. */

import { noSuchPlugin } from '../../../protocol/errors.ts';
import { failure, success } from '../../../protocol/result.ts';
import type { SupervisorApi } from '../../supervisor/contract.ts';
import type { Handlers } from './table.ts';

export function makeDependencyHandlers(
  supervisor: Pick<SupervisorApi, 'dependencyTree'>,
): Pick<Handlers, 'plugin.dependencies'> {
  return {
    'plugin.dependencies': async ({ plugin, reverse }) => {
      const tree = supervisor.dependencyTree(plugin, reverse ?? false);
      return tree === undefined ? failure(noSuchPlugin(plugin)) : success({ tree });
    },
  };
}
