/**
 * The n-th write of a real torud fails, for each n that an action needs: a file, a fork, a statement of SQLite. After
 * each, torud goes on, nothing acknowledged is lost, and once writing works everything can be done again.
 */

import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as after } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { DaemonStatus } from '../../src/protocol/control/daemon.ts';
import type { PluginStatus } from '../../src/protocol/control/plugins.ts';
import { leadersOfPlugin, untilTrue } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { CHECKOUT } from '../rig/programs.ts';

const ID = 'sleeper';
/** More writes than any action needs: to end a test that goes wrong. */
const MAX_WRITES = 80;
/** toruds at a time: they mostly wait. */
const LANES = 6;
/** After each of so many writes torud is killed as well. */
const KILL_EVERY = 5;
/** torud tries again each second; nobody tells when it has. */
const LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 25;

/** A torud in which any one write can be made to fail. */
class FaultStage implements AsyncDisposable {
  readonly stage: PluginStage;
  readonly #file: string;

  private constructor(stage: PluginStage) {
    this.stage = stage;
    this.#file = join(stage.folder, 'fail-at');
  }

  static async open(): Promise<FaultStage> {
    const stage = await PluginStage.make();
    await stage.install(ID);
    const fault = new FaultStage(stage);
    await fault.startTorud();
    return fault;
  }

  async startTorud(): Promise<void> {
    const preload = join(CHECKOUT, 'test/sim/failing-writes.cjs');
    const env = {
      NODE_OPTIONS: `--require ${preload} --disable-warning=ExperimentalWarning`,
      FAULT_ROOT: this.stage.folder,
      FAULT_FILE: this.#file,
    };
    await this.stage.rig.start({ env });
  }

  async arm(n: number, kind: string): Promise<void> {
    await rm(`${this.#file}.hit`, { force: true });
    await writeFile(`${this.#file}.new`, `${n} ${kind}`);
    await rename(`${this.#file}.new`, this.#file);
  }

  /** Whether the n-th write came at all. */
  async disarm(): Promise<boolean> {
    await rm(this.#file, { force: true });
    return existsSync(`${this.#file}.hit`);
  }

  async killTorud(): Promise<void> {
    await this.stage.rig.kill();
    await this.startTorud();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stage[Symbol.asyncDispose]();
  }
}

/** At rest, or running: nothing is under way. */
function isSettled({ state }: PluginStatus): boolean {
  return state === 'running' || state === 'stopped' || state === 'failed' || state === 'exited';
}

/** What could not be written is written soon after writing works again. */
async function untilNoProblem(stage: PluginStage): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const { daemon } = (await stage.call('daemon.status')) as { daemon: DaemonStatus };
    if (daemon.problems.length === 0) return;
    if (performance.now() > deadline) throw new Error(`it stays: ${daemon.problems.join('; ')}`);
    await after(LOOK_EVERY_MS);
  }
}

/** What must hold whatever has failed; answers the settled status. */
async function checkInvariants({ stage }: FaultStage): Promise<PluginStatus> {
  const status = await stage.until(ID, isSettled);
  // In the middle of execve(2) a process has no environment, by which it is found.
  const pids = status.state === 'running' ? [status.pid] : [];
  await untilTrue(
    `its processes are ${pids.join() || 'gone'}`,
    () => leadersOfPlugin(stage.folder, ID).join() === pids.join(),
  );
  await untilNoProblem(stage);
  const database = new DatabaseSync(stage.paths.databaseFile, { readOnly: true });
  try {
    const open = database.prepare('SELECT id FROM runs WHERE ended_at IS NULL').all();
    expect(open.map((run) => run.id)).toEqual(status.runId === null ? [] : [status.runId]);
    const row = database.prepare('SELECT enabled, wanted FROM plugins WHERE id = ?').get(ID);
    if (row !== undefined) expect(row).toEqual({ enabled: Number(status.enabled), wanted: status.wanted });
  } finally {
    database.close();
  }
  return status;
}

interface Scenario {
  readonly prepare: (stage: PluginStage) => Promise<void>;
  /** Answers whether it was acknowledged. */
  readonly act: (stage: PluginStage) => Promise<boolean>;
  /** What an acknowledged one has to leave behind. */
  readonly acknowledged: Partial<PluginStatus>;
}

async function prepared(stage: PluginStage, verb: 'start' | 'disable'): Promise<void> {
  expect((await stage.act(verb, ID)).error).toBeUndefined();
  await stage.untilState(ID, verb === 'start' ? 'running' : 'stopped');
}

async function acted(stage: PluginStage, verb: string): Promise<boolean> {
  return (await stage.act(verb, ID)).error === undefined;
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  start: {
    prepare: (stage) => prepared(stage, 'disable'),
    act: (stage) => acted(stage, 'start'),
    acknowledged: { state: 'running', wanted: 'up' },
  },
  stop: {
    prepare: (stage) => prepared(stage, 'start'),
    act: (stage) => acted(stage, 'stop'),
    acknowledged: { state: 'stopped', wanted: 'down' },
  },
  'a restart after a crash': {
    prepare: async (stage) => {
      await prepared(stage, 'start');
      // So many crashes in a row would have torud give it up.
      expect((await stage.act('resetFailed', ID)).error).toBeUndefined();
    },
    act: async (stage) => {
      const { pid } = await stage.status(ID);
      if (pid === null) throw new Error('it does not run');
      process.kill(pid, 'SIGKILL');
      await stage.until(ID, (status) => status.state === 'running' && status.pid !== pid);
      return true;
    },
    acknowledged: { state: 'running', wanted: 'up' },
  },
  'the commit of an enable': {
    prepare: (stage) => prepared(stage, 'disable'),
    act: (stage) => acted(stage, 'enable'),
    acknowledged: { state: 'running', wanted: 'up', enabled: true },
  },
};

/** Each n from `first` on, by steps of LANES, until an action needs no such write; on a torud of its own. */
async function runLane({ prepare, act, acknowledged }: Scenario, kind: string, first: number): Promise<void> {
  await using fault = await FaultStage.open();
  const { stage } = fault;
  for (let n = first, wasHit = true; wasHit; n += LANES) {
    expect(n).toBeLessThan(MAX_WRITES);
    await prepare(stage);
    await fault.arm(n, kind);
    const isAcknowledged = await act(stage);
    wasHit = await fault.disarm();
    const status = await checkInvariants(fault);
    if (isAcknowledged) expect({ n, ...status }).toMatchObject({ n, ...acknowledged });
    else expect(wasHit).toBe(true);
    if (!isAcknowledged || n % KILL_EVERY !== 0) continue;
    await fault.killTorud();
    expect(await stage.until(ID, isSettled)).toMatchObject(acknowledged);
  }
}

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  for (const kind of ['full', 'readonly']) {
    it(`survives the failure of each write of ${name}: ${kind}`, async () => {
      const lanes = Array.from({ length: LANES }, (_, index) => runLane(scenario, kind, index + 1));
      // All of them, so that no torud is left behind by one that fails.
      const ends = await Promise.allSettled(lanes);
      expect(ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []))).toEqual([]);
    });
  }
}
