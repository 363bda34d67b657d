/** What every plugin's runner shares. */

import type { Paths } from '../../protocol/paths.ts';
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/event-bus.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import type { KvStore } from '../data/kv.ts';
import type { LogReader } from '../logs/log-reader.ts';
import type { RunFactory } from '../runs/live-run.ts';
import type { CrashStore } from '../store/crash-store.ts';
import type { EventStore } from '../store/event-store.ts';
import type { PluginStore } from '../store/plugin-store.ts';
import type { RunStore } from '../store/run-store.ts';
import type { StateWriter } from './state-writer.ts';

export interface Stores {
  readonly plugins: PluginStore;
  readonly runs: RunStore;
  readonly events: EventStore;
  readonly crashes: CrashStore;
}

/** Run ids are given out here, so that a run has its id even while the database cannot be written. */
export class RunIds {
  #next: number;

  /** @param next lower bound for the next id; above every id in the database and in the runs folder */
  constructor(next: number) {
    this.#next = next;
  }

  take(): number {
    return this.#next++;
  }
}

export interface RunnerSurroundings {
  readonly clock: Clock;
  readonly log: SupervisorLog;
  readonly bus: EventBus;
  readonly writer: StateWriter;
  readonly stores: Stores;
  readonly kv: KvStore;
  readonly logReader: LogReader;
  readonly runs: RunFactory;
  readonly paths: Paths;
  readonly runIds: RunIds;
  readonly bootId: string;
  readonly instanceId: string;
  /** Set once torud is leaving: nothing is started any more, whatever falls due. */
  readonly leaving: { isSet: boolean };
  /** 0 to 1, for the restart policy's jitter. */
  readonly chance: () => number;
}
