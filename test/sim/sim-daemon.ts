/** One life of torud: the real supervisor, recovery and state writer on simulated processes. */

import { EventBus } from '../../src/daemon/base/event-bus.ts';
import type { SupervisorLog } from '../../src/daemon/base/supervisor-log.ts';
import { KvStore } from '../../src/daemon/data/kv.ts';
import type { LogReader } from '../../src/daemon/logs/log-reader.ts';
import type { RunFactory } from '../../src/daemon/runs/live-run.ts';
import { CrashStore } from '../../src/daemon/store/crash-store.ts';
import { EventStore } from '../../src/daemon/store/event-store.ts';
import { PluginStore } from '../../src/daemon/store/plugin-store.ts';
import { RunStore } from '../../src/daemon/store/run-store.ts';
import { recover } from '../../src/daemon/supervisor/recovery.ts';
import {
  RunIds,
  type RunnerSurroundings,
  type Stores,
} from '../../src/daemon/supervisor/runner-surroundings.ts';
import { StateWriter } from '../../src/daemon/supervisor/state-writer.ts';
import { Supervisor } from '../../src/daemon/supervisor/supervisor.ts';
import { resolvePaths } from '../../src/protocol/paths.ts';
import type { Ledger } from './ledger.ts';
import type { Mortal } from './mortal.ts';
import type { Chance } from './seed-steps.ts';
import type { SimCatalog } from './sim-catalog.ts';
import type { SimProcess, SimWorld } from './sim-process.ts';
import { SimRun } from './sim-run.ts';
import { MortalDatabase, type SimStore, type StoreFaults } from './sim-store.ts';

export interface SimDaemonParts {
  readonly mortal: Mortal;
  readonly world: SimWorld;
  readonly catalog: SimCatalog;
  readonly store: SimStore;
  readonly faults: StoreFaults;
  readonly ledger: Ledger;
  readonly chance: Chance;
  readonly trace: (line: string) => void;
}

export class SimDaemon {
  readonly mortal: Mortal;
  readonly bus = new EventBus();
  readonly stores: Stores;
  readonly writer: StateWriter;
  readonly #parts: SimDaemonParts;
  #supervisor: Supervisor | undefined;

  constructor(parts: SimDaemonParts) {
    this.#parts = parts;
    this.mortal = parts.mortal;
    const database = new MortalDatabase(parts.store.database, parts.faults, parts.mortal).asDatabase;
    this.stores = {
      plugins: new PluginStore(database),
      runs: new RunStore(database),
      events: new EventStore(database),
      crashes: new CrashStore(database),
    };
    this.writer = new StateWriter(database, parts.mortal.clock, this.#log);
    this.#kv = new KvStore(database, parts.mortal.clock);
  }

  readonly #kv: KvStore;

  /** As torud's start; ends early when it is killed in it. */
  start(): void {
    this.mortal.enter(() => {
      const { catalog, world, mortal, ledger } = this.#parts;
      const { stores, writer } = this;
      const recovered = recover({
        stores,
        writer,
        catalog: catalog.asCatalog,
        log: this.#log,
        runsFolder: world.runsFolder,
        bootId: world.bootId,
        nowMs: mortal.clock.now(),
      });
      const supervisor = new Supervisor(this.#surroundings(recovered.nextRunId), catalog.asCatalog);
      this.#supervisor = supervisor;
      this.bus.subscribe('plugin-changed', ({ id }) => {
        mortal.point('a plugin has changed');
        const status = supervisor.status(id);
        if (status !== undefined) ledger.onStatus(status);
      });
      this.bus.subscribe('event-written', () => mortal.point('an event was written'));
      supervisor.adopt(recovered);
      mortal.point('adopted');
      void mortal.follow(supervisor.startWanted());
    });
  }

  /** Undefined before it has come up, and once it is dead. */
  get supervisor(): Supervisor | undefined {
    return this.mortal.isAlive ? this.#supervisor : undefined;
  }

  #surroundings(nextRunId: number): RunnerSurroundings {
    const { world, mortal, chance } = this.#parts;
    const { stores, writer, bus } = this;
    return {
      clock: mortal.clock,
      log: this.#log,
      bus,
      writer,
      stores,
      kv: this.#kv,
      logReader: this.#logReader,
      runs: this.#runs,
      paths: resolvePaths({ root: '/simulated', uid: 0, env: {} }),
      runIds: new RunIds(nextRunId),
      bootId: world.bootId,
      instanceId: 'simulated',
      leaving: { isSet: false },
      chance: () => chance.next(),
    };
  }

  readonly #runs: RunFactory = {
    begin: (options) => {
      const run = new SimRun(this.mortal, this.#parts.world, options, false);
      run.begin();
      return run;
    },
    adopt: (options, wasReady) => {
      const run = new SimRun(this.mortal, this.#parts.world, options, wasReady);
      run.adopt();
      return run;
    },
  };

  readonly #log: SupervisorLog = {
    write: (level, event, fields) => {
      const { trace, ledger, world } = this.#parts;
      trace(`  torud ${level}: ${event} ${JSON.stringify(fields ?? {})}`);
      if (event === 'gave-up' && fields?.plugin !== undefined) ledger.onGaveUp(fields.plugin);
      if (level === 'error' && event !== 'state-not-written' && event !== 'capture-lost') {
        ledger.violate(`torud logged ${event}: ${JSON.stringify(fields)} (boot ${world.bootNumber})`);
      }
      this.mortal.point(`logging ${event}`);
    },
  };

  get #logReader(): LogReader {
    const tailOfRun = (plugin: string, runId: number): Promise<readonly never[]> =>
      new Promise((resolve, reject) => {
        const process: SimProcess | undefined = this.#parts.world.find(runId);
        const tailMs = process === undefined ? 0 : process.habit.tailMs;
        if (tailMs === null) reject(new Error(`${plugin}: its log cannot be read`));
        else if (tailMs === 0) resolve([]);
        else this.mortal.clock.setTimer(() => resolve([]), tailMs);
      });
    return { tailOfRun } as unknown as LogReader;
  }
}
