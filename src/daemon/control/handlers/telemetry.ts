/** What torud tells of itself beside its status: how much stands in its log, and figures. */

import type {
  LogLevelParams,
  LogLevelResult,
  SupervisorLevelName,
} from '../../../protocol/control/daemon.ts';
import type { MetricsParams, MetricsResult } from '../../../protocol/control/metrics.ts';
import { success } from '../../../protocol/result.ts';
import type { SupervisorLog } from '../../base/supervisor-log.ts';
import type { Handlers } from './table.ts';

/** What of torud's own log is needed. */
export interface LevelledLog extends SupervisorLog {
  readonly level: SupervisorLevelName;
  setLevel(level: SupervisorLevelName): void;
}

export interface TelemetryParts {
  readonly supervisorLog: LevelledLog;
  readonly metrics: { ask(params: MetricsParams): Promise<MetricsResult> };
}

export function makeTelemetryHandlers(
  parts: TelemetryParts,
): Pick<Handlers, 'daemon.logLevel' | 'daemon.metrics'> {
  return {
    'daemon.logLevel': async (params, caller) => success(setLevel(parts.supervisorLog, params, caller.actor)),
    'daemon.metrics': async (params) => success(await parts.metrics.ask(params)),
  };
}

function setLevel(log: LevelledLog, { level, dryRun }: LogLevelParams, actor: unknown): LogLevelResult {
  const before = log.level;
  if (level === undefined || level === before) return { level: before, before };
  if (dryRun === true) return { level, before };
  // Said in any case, whichever of the two levels is the more silent.
  log.setLevel('info');
  log.write('info', 'log-level-set', { from: before, to: level, actor });
  log.setLevel(level);
  return { level, before };
}
