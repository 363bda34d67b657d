/** Crash history. */

import type { Crash, CrashSummary } from '../../../protocol/control/crashes.ts';
import { errorBody } from '../../../protocol/errors.ts';
import { failure, success } from '../../../protocol/result.ts';
import { noSuchPlugin, select } from '../selection.ts';
import type { Reader } from './reader.ts';
import type { Handlers } from './table.ts';

/** What of the store is needed. */
export interface CrashSource {
  get(id: number): Crash | undefined;
  /** The n-th newest, of one plugin or of all; 1 is the newest. */
  nth(n: number, plugin?: string): Crash | undefined;
  /** Newest first. */
  list(filter: {
    readonly plugins?: readonly string[];
    readonly since?: string;
    readonly limit?: number;
  }): readonly CrashSummary[];
}

interface Parts {
  readonly crashes: CrashSource;
  readonly reader: Reader;
  ids(): readonly string[];
}

/** Keeps an answer within a few megabytes. */
const MAX_CRASHES = 5_000;

export function makeCrashHandlers(parts: Parts): Pick<Handlers, 'crash.list' | 'crash.show'> {
  return {
    'crash.list': async (params) => {
      const selected = select(params, parts.ids(), 'list');
      if (!selected.ok) return selected;
      const [missing] = selected.value.missing;
      if (missing !== undefined) return failure(missing);
      // Without names those of plugins that are gone belong to it as well.
      const isAll = params.names === undefined || params.names.length === 0;
      const found = parts.reader.read(() =>
        parts.crashes.list({
          ...(isAll ? {} : { plugins: selected.value.ids }),
          ...(params.since === undefined ? {} : { since: params.since }),
          limit: Math.min(params.limit ?? MAX_CRASHES, MAX_CRASHES),
        }),
      );
      return found.ok ? success({ crashes: found.value }) : found;
    },
    'crash.show': async ({ id, plugin }) => {
      if (plugin !== undefined && !parts.ids().includes(plugin)) return failure(noSuchPlugin(plugin));
      if (id === 0) return failure(errorBody('usage', 'id must be a crash, or -1 for the newest one'));
      const found = parts.reader.read(() =>
        id > 0 ? parts.crashes.get(id) : parts.crashes.nth(-id, plugin),
      );
      if (!found.ok) return found;
      const crash = found.value;
      if (crash !== undefined && (plugin === undefined || crash.plugin === plugin)) return success({ crash });
      const about = plugin === undefined ? {} : { name: plugin };
      return failure(
        errorBody('not_found', `there is no crash ${id}`, { ...about, hint: 'toru crashes lists them' }),
      );
    },
  };
}
