/** Fifty writing plugins, and a torud that is killed over and over: what must come out of that whole. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { errnoOf } from '../../src/protocol/result.ts';
import { openControl } from '../rig/control-connection.ts';
import { waitUntilGone } from '../rig/leftover-processes.ts';
import { awaitSocket } from '../rig/socket-ready.ts';
import { makeTemporaryRoot, type TemporaryRoot } from '../rig/temporary-root.ts';
import { doublesIn } from './double-watch.ts';
import { between, seededRandom } from './random.ts';
import { runsOfWriter } from './run-record.ts';
import { SteadyClient } from './steady-client.ts';
import { TorudKiller } from './torud-killer.ts';
import { judge, type Verdict } from './verdict.ts';
import { installWriters, quietFile, WRITER_COUNT, WRITERS, type WriterPlan } from './writers.ts';

export interface SurvivalPlan extends WriterPlan {
  readonly kills: number;
  /** Between two requests of the client. */
  readonly clientPauseMs: number;
  /** What happens after the kills, while torud and the plugins go on; it is given torud's pid. */
  readonly afterwards?: (torudPid: number) => Promise<void>;
}

export interface Survival extends Verdict {
  readonly seed: number;
  readonly kills: number;
  readonly plugins: number;
  /** Toruds that lived long enough to answer the client. */
  readonly servingToruds: number;
  readonly acknowledgements: number;
  /** Between the first kill and the last. */
  readonly killingSeconds: number;
}

const LEAST_LIFE_MS = 50;
const MOST_LIFE_MS = 500;
/** Longest wait for anything that must come; who gets there has failed. */
const LIMIT_MS = 30_000;
const LOOK_EVERY_MS = 20;

export async function survive(plan: SurvivalPlan): Promise<Survival> {
  await using root = await makeTemporaryRoot();
  const random = seededRandom(plan.seed);
  await installWriters(root.paths, plan);
  const killer = new TorudKiller(root.folder);
  const keepers = WRITERS.filter((writer) => writer.kind !== 'switched').map((writer) => writer.id);
  const switched = WRITERS.filter((writer) => writer.kind === 'switched').map((writer) => writer.id);
  await using client = new SteadyClient(
    root.paths.controlSocket,
    seededRandom(plan.seed + 1),
    keepers.slice(0, 10),
    switched,
    plan.clientPauseMs,
  );
  await begin(root, killer);
  client.start();
  const beganAt = performance.now();
  const doubles: string[] = [];
  for (let kill = 0; kill < plan.kills; kill += 1) {
    await after(between(random, LEAST_LIFE_MS, MOST_LIFE_MS));
    await killer.kill();
    doubles.push(...doublesIn(root.folder));
    killer.start();
  }
  const killingSeconds = Math.round((performance.now() - beganAt) / 100) / 10;
  await plan.afterwards?.(killer.pid);
  const acknowledged = await client.finish();
  await settle(root);
  await killer.stop(() => askToStop(root));
  const left = await waitUntilGone(root.folder, LIMIT_MS);
  const verdict = judge(root.paths, acknowledged);
  const faults = [
    ...verdict.faults,
    ...doubles,
    ...client.faults,
    ...killer.faults,
    ...left.map((one) => `left behind: ${one.pid} ${one.command}`),
  ];
  return {
    ...verdict,
    faults,
    seed: plan.seed,
    kills: plan.kills,
    plugins: WRITER_COUNT,
    servingToruds: client.connections,
    acknowledgements: client.acknowledgements,
    killingSeconds,
  };
}

/** Enables all and waits until every one of them has begun. */
async function begin(root: TemporaryRoot, killer: TorudKiller): Promise<void> {
  // So that there is a folder to watch for the socket.
  mkdirSync(root.paths.runFolder, { recursive: true });
  killer.start();
  await awaitSocket(root.paths.controlSocket, AbortSignal.timeout(LIMIT_MS));
  await using connection = await openControl(root.paths.controlSocket);
  const answer = await connection.request(1, 'plugin.enable', { all: true, noBlock: true });
  if (answer.error !== undefined) throw new Error(JSON.stringify(answer.error));
  await until('every plugin has begun', async () =>
    WRITERS.every(({ id }) => runsOfWriter(join(root.paths.dataFolder, id)).length > 0),
  );
}

/** Has the writers fall silent, and waits until torud has each one where it should be. */
async function settle(root: TemporaryRoot): Promise<void> {
  writeFileSync(quietFile(root.paths), '');
  await until('every plugin is quiet', async () => {
    await using connection = await openControl(root.paths.controlSocket);
    const { result } = await connection.request(1, 'plugin.list', { all: true });
    const { plugins } = result as { plugins: readonly { id: string; state: string; runId: number | null }[] };
    return plugins.every(({ id, state, runId }) => {
      if (state !== 'running') return state === 'stopped';
      const runs = runsOfWriter(join(root.paths.dataFolder, id));
      return runs.find((run) => run.runId === runId)?.isQuiet === true;
    });
  });
}

async function askToStop(root: TemporaryRoot): Promise<void> {
  await using connection = await openControl(root.paths.controlSocket);
  connection.send({ id: 1, method: 'daemon.stop', params: {} });
  await connection.closed;
}

/** For what nobody tells. */
async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await checkOrAway(check))) {
    if (performance.now() > deadline) throw new Error(`not so within ${LIMIT_MS} ms: ${what}`);
    await after(LOOK_EVERY_MS);
  }
}

/** A torud that has just been started is away for a moment. */
async function checkOrAway(check: () => Promise<boolean>): Promise<boolean> {
  try {
    return await check();
  } catch (thrown) {
    if (['ENOENT', 'ECONNREFUSED'].includes(errnoOf(thrown) ?? '')) return false;
    throw thrown;
  }
}
