/** What a real torud tells of the machine, and of its plugins' processes. */

import { readdirSync, readlinkSync } from 'node:fs';
import { cpus } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SystemReadParams, SystemReadResult } from '../../src/protocol/control/system.ts';
import { openControl } from '../rig/control-connection.ts';
import { untilTrue } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

let stage: PluginStage;

beforeAll(async () => {
  stage = await PluginStage.open({ sleeper: '', 'leaves-grandchild': '' });
});

afterAll(() => stage[Symbol.asyncDispose]());

async function read(params: SystemReadParams = {}): Promise<SystemReadResult> {
  return (await stage.call('system.read', params)) as unknown as SystemReadResult;
}

/** What it answers once it satisfies `isIt`. Asks again at once: torud looks when a second is over. */
async function readUntil(
  params: SystemReadParams,
  isIt: (result: SystemReadResult) => boolean,
): Promise<SystemReadResult> {
  const giveUpAt = performance.now() + 30_000;
  await using connection = await openControl(stage.paths.controlSocket);
  for (let id = 1; performance.now() < giveUpAt; id += 1) {
    const { result } = (await connection.request(id, 'system.read', params)) as {
      result?: SystemReadResult;
    };
    if (result !== undefined && isIt(result)) return result;
  }
  throw new Error('torud does not tell that');
}

test('the figures are those of this machine', async () => {
  const { system, ...rest } = await read();
  expect(rest).toEqual({});
  expect(system.cpu.count).toBe(cpus().length);
  expect(system.memory.totalBytes).toBeGreaterThan(100 * 2 ** 20);
  expect(system.memory.usedBytes + system.memory.availableBytes).toBe(system.memory.totalBytes);
  expect(system.load).toHaveLength(3);
  expect(system.uptimeMs).toBeGreaterThan(0);
  expect(system.networks.map(({ name }) => name)).toContain('lo');
  expect(Math.abs(Date.now() - Date.parse(system.at))).toBeLessThan(60_000);
});

test('it looks by itself: shares and rates are there without anybody having asked before, and the history grows', async () => {
  const { system, history } = await readUntil(
    { historyMs: 3_600_000 },
    (one) => (one.history?.cpuPercent.filter((percent) => percent !== null).length ?? 0) >= 2,
  );
  expect(system.cpu.usedPercent).toBeGreaterThanOrEqual(0);
  expect(system.cpu.corePercent).toHaveLength(cpus().length);
  expect(system.networks[0]?.receivedRate).toBeGreaterThanOrEqual(0);
  expect(history?.stepMs).toBe(1000);
  expect(history?.cpuPercent[0]).toBeNull();
  const lengths = [history?.load, history?.memoryPercent, history?.sentRate].map((one) => one?.length);
  expect(new Set(lengths)).toEqual(new Set([history?.cpuPercent.length]));
  const single = await read({ historyMs: 3_600_000, points: 1 });
  expect(single.history?.load).toHaveLength(1);
});

test('the processes of a plugin are told with what it has left behind, and go with it', async () => {
  await stage.act('start', 'leaves-grandchild');
  await stage.act('start', 'sleeper');
  const { pid } = await stage.status('leaves-grandchild');
  const found = await readUntil(
    { processes: true },
    ({ plugins = [] }) =>
      (plugins.find(({ plugin }) => plugin === 'leaves-grandchild')?.processes.length ?? 0) >= 3,
  );
  expect(found.plugins?.map(({ plugin }) => plugin)).toEqual(['leaves-grandchild', 'sleeper']);
  const [main, ...others] = found.plugins?.[0]?.processes ?? [];
  expect(main?.pid).toBe(pid);
  expect(main?.memoryBytes).toBeGreaterThan(0);
  expect(others.every(({ command }) => command !== '')).toBe(true);
  expect(new Set([main, ...others].map((one) => one?.pid)).size).toBe(others.length + 1);
  await stage.act('stop', 'leaves-grandchild');
  const after = await read({ processes: true });
  expect(after.plugins?.map(({ plugin }) => plugin)).toEqual(['sleeper']);
});

test('a second that torud could not run in is a gap, and it goes on afterwards', async () => {
  process.kill(stage.rig.pid, 'SIGSTOP');
  const stoppedAt = performance.now();
  await untilTrue('more than a second is missed', () => performance.now() - stoppedAt > 2_200);
  process.kill(stage.rig.pid, 'SIGCONT');
  const { history } = await readUntil({ historyMs: 3_600_000 }, (one) => {
    const gap = one.history?.load.lastIndexOf(null) ?? -1;
    return gap !== -1 && gap < (one.history?.load.length ?? 0) - 1;
  });
  expect(history?.load.filter((one) => one === null).length).toBeGreaterThanOrEqual(1);
});

test('it holds a handful of descriptors, the same ones all the time', async () => {
  const held = (): readonly string[] =>
    readdirSync(`/proc/${stage.rig.pid}/fd`)
      .flatMap((fd) => linkOf(`/proc/${stage.rig.pid}/fd/${fd}`))
      .filter((path) => /\/proc\/(stat|meminfo|loadavg|diskstats|.*net\/dev)$/.test(path))
      .sort();
  const first = held();
  expect(first).toHaveLength(5);
  for (let round = 0; round < 20; round += 1) await read({ historyMs: 60_000, processes: true });
  expect(held()).toEqual(first);
});

test('wrong parameters are refused with one line', async () => {
  for (const params of [{ historyMs: -1 }, { historyMs: 3_600_001 }, { points: 0 }, { points: 3601 }]) {
    const { error } = (await stage.call('system.read', params)) as { error?: { code: string } };
    expect(error).toMatchObject({ code: 'usage' });
  }
});

function linkOf(path: string): readonly string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    // Closed between the listing and the look.
    return [];
  }
}
