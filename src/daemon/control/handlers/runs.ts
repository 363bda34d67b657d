/** History of runs. */

import type { ListedRun } from '../../../protocol/control/runs.ts';
import { noSuchPlugin } from '../../../protocol/errors.ts';
import { failure, success } from '../../../protocol/result.ts';
import type { RunRecord } from '../../store/records.ts';
import type { Reader } from './reader.ts';
import type { Handlers } from './table.ts';

/** What of the store is needed. */
export interface RunHistory {
  /** Newest first. */
  newest(plugin: string, count: number): readonly RunRecord[];
}

interface Parts {
  readonly runs: RunHistory;
  readonly reader: Reader;
  /** Also of plugins whose files are gone. */
  ids(): readonly string[];
}

const USUAL_RUNS = 100;
const MAX_RUNS = 1_000;

export function makeRunHandlers({ runs, reader, ids }: Parts): Pick<Handlers, 'run.list'> {
  return {
    'run.list': async ({ plugin, limit }) => {
      if (!ids().includes(plugin)) return failure(noSuchPlugin(plugin));
      const found = reader.read(() => runs.newest(plugin, Math.min(limit ?? USUAL_RUNS, MAX_RUNS)));
      return found.ok ? success({ runs: found.value.map(listedRun) }) : found;
    },
  };
}

/** As the control protocol shows it, without its settings. */
export function listedRun(run: RunRecord): ListedRun {
  const { id, plugin, version, digest, pid, startedAt, readyAt, end } = run;
  return {
    id,
    plugin,
    version,
    digest,
    pid,
    startedAt,
    readyAt,
    endedAt: end?.endedAt ?? null,
    cause: end?.cause ?? null,
    exitCode: end?.exitCode ?? null,
    signal: end?.signal ?? null,
    peakMemoryBytes: end?.peakMemoryBytes ?? null,
    cpuMs: end?.cpuMs ?? null,
    lines: end?.lines ?? null,
    linesLost: end?.linesLost ?? null,
  };
}
