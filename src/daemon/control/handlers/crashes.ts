/** Crash history. */

import type { Crash, CrashShowResult, CrashSummary, StoredRun } from '../../../protocol/control/crashes.ts';
import { errorBody, noSuchPlugin } from '../../../protocol/errors.ts';
import { failure, success } from '../../../protocol/result.ts';
import type { RunRecord } from '../../store/records.ts';
import { seesValues, withHiddenChanges } from '../hidden-values.ts';
import { type Groups, select } from '../selection.ts';
import type { Reader } from './reader.ts';
import { listedRun } from './runs.ts';
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
    /** Only smaller ids. */
    readonly beforeId?: number;
    readonly limit?: number;
  }): readonly CrashSummary[];
}

export interface CrashedRuns {
  get(id: number): RunRecord | undefined;
}

interface Parts {
  readonly runs: CrashedRuns;
  readonly crashes: CrashSource;
  readonly reader: Reader;
  readonly groups?: Groups;
  ids(): readonly string[];
}

/** Keeps an answer within a few megabytes. */
const MAX_CRASHES = 5_000;

export function makeCrashHandlers(parts: Parts): Pick<Handlers, 'crash.list' | 'crash.show'> {
  return {
    'crash.list': async (params) => {
      const selected = select(params, parts.ids(), 'list', parts.groups);
      if (!selected.ok) return selected;
      const [missing] = selected.value.missing;
      if (missing !== undefined) return failure(missing);
      // Without names those of plugins that are gone belong to it as well.
      const isAll = params.names === undefined || params.names.length === 0;
      const found = parts.reader.read(() =>
        parts.crashes.list({
          ...(isAll ? {} : { plugins: selected.value.ids }),
          ...(params.since === undefined ? {} : { since: params.since }),
          ...(params.beforeId === undefined ? {} : { beforeId: params.beforeId }),
          limit: Math.min(params.limit ?? MAX_CRASHES, MAX_CRASHES),
        }),
      );
      return found.ok ? success({ crashes: found.value }) : found;
    },
    'crash.show': async ({ id, plugin, withRuns, maxMessage }, caller) => {
      if (plugin !== undefined && !parts.ids().includes(plugin)) return failure(noSuchPlugin(plugin));
      if (id === 0) return failure(errorBody('usage', 'id must be a crash, or -1 for the newest one'));
      const found = parts.reader.read(() =>
        id > 0 ? parts.crashes.get(id) : parts.crashes.nth(-id, plugin),
      );
      if (!found.ok) return found;
      const crash = found.value === undefined ? undefined : cutTo(found.value, maxMessage);
      if (crash !== undefined && (plugin === undefined || crash.plugin === plugin)) {
        const shown =
          withRuns === true
            ? parts.reader.read(() => withTheRuns(crash, parts.runs))
            : success<CrashShowResult>({ crash });
        if (!shown.ok || seesValues(caller, crash.plugin)) return shown;
        return success(withHiddenChanges(shown.value));
      }
      const about = plugin === undefined ? {} : { name: plugin };
      return failure(
        errorBody('not_found', `there is no crash ${id}`, { ...about, hint: 'toru crashes lists them' }),
      );
    },
  };
}

/** A plugin may have written megabytes into its last lines. */
function cutTo(crash: Crash, maxMessage: number | undefined): Crash {
  if (maxMessage === undefined) return crash;
  const lastLines = crash.lastLines.map((line) => {
    const leftOut = line.message.length - maxMessage;
    return leftOut > 0 ? { ...line, message: line.message.slice(0, maxMessage), leftOut } : line;
  });
  return { ...crash, lastLines };
}

function withTheRuns(crash: Crash, runs: CrashedRuns): CrashShowResult {
  const get = (id: number | null): StoredRun | null => {
    const run = id === null ? undefined : runs.get(id);
    return run === undefined ? null : { ...listedRun(run), settings: run.settings };
  };
  return { crash, run: get(crash.runId), lastGoodRun: get(crash.lastGoodRunId) };
}
