/** `log.read`: whose logs, and which run of them; the reading itself is done by logs/. */

import type { LogEnd, LogItem, LogReadParams } from '../../../protocol/control/logs.ts';
import { type ErrorBody, errorBody } from '../../../protocol/errors.ts';
import { failure, type Result, success } from '../../../protocol/result.ts';
import { checkReadParams } from '../../logs/check-params.ts';
import { type Groups, select } from '../selection.ts';
import type { Reader } from './reader.ts';
import type { Handlers } from './table.ts';

export interface LogTarget {
  readonly plugin: string;
  readonly run?: number;
}

/** What of the log reader is needed. */
export interface LogSource {
  read(
    params: LogReadParams,
    targets: readonly LogTarget[],
    signal: AbortSignal,
  ): AsyncGenerator<LogItem, LogEnd>;
}

/** What of the store is needed. */
export interface RunSource {
  /** The newest `count` runs of a plugin, newest first. */
  newest(plugin: string, count: number): readonly { readonly id: number }[];
}

interface Parts {
  readonly logReader: LogSource;
  readonly runs: RunSource;
  readonly reader: Reader;
  readonly groups?: Groups;
  ids(): readonly string[];
}

/** More runs than this are not kept of a plugin. */
const MAX_RUNS_BACK = 10_000;

export function makeLogHandlers(parts: Parts): Pick<Handlers, 'log.read'> {
  return { 'log.read': (params, _caller, signal) => readLogs(params, parts, signal) };
}

async function* readLogs(
  params: LogReadParams,
  parts: Parts,
  signal: AbortSignal,
): AsyncGenerator<LogItem, Result<LogEnd, ErrorBody>> {
  const checked = checkReadParams(params);
  if (!checked.ok) return checked;
  const targets = params.supervisor === true ? supervisorTargets(params) : pluginTargets(params, parts);
  if (!targets.ok) return targets;
  return success(yield* parts.logReader.read(params, targets.value, signal));
}

function supervisorTargets(params: LogReadParams): Result<readonly LogTarget[], ErrorBody> {
  if (params.names !== undefined && params.names.length > 0) {
    return failure(
      errorBody('usage', "the supervisor's log has no plugins: give names or supervisor, not both"),
    );
  }
  return success([]);
}

function pluginTargets(params: LogReadParams, parts: Parts): Result<readonly LogTarget[], ErrorBody> {
  const selected = select(params, parts.ids(), 'list', parts.groups);
  if (!selected.ok) return selected;
  const [missing] = selected.value.missing;
  if (missing !== undefined) return failure(missing);
  const { ids } = selected.value;
  const { run } = params;
  if (run === undefined) return success(ids.map((plugin) => ({ plugin })));
  if (run === 0) return failure(errorBody('usage', 'run must be a run id, or -1 for the newest run'));
  if (run > 0) return success(ids.map((plugin) => ({ plugin, run })));
  return runsBack(ids, -run, parts);
}

/** The n-th newest run of each plugin; plugins with fewer runs are left out. */
function runsBack(ids: readonly string[], n: number, parts: Parts): Result<readonly LogTarget[], ErrorBody> {
  const found = parts.reader.read(() =>
    ids.flatMap((plugin) => {
      const run = n > MAX_RUNS_BACK ? undefined : parts.runs.newest(plugin, n)[n - 1]?.id;
      return run === undefined ? [] : [{ plugin, run }];
    }),
  );
  if (!found.ok || found.value.length > 0) return found;
  const [name] = ids.length === 1 ? ids : [];
  return failure(errorBody('not_found', `there is no run -${n}`, { name }));
}
