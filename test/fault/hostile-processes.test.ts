/** Plugins whose processes will not do as they are told: all of them end with the plugin, and with nobody else. */

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isRunning, pidsOfPlugin, untilTrue } from '../rig/plugin-processes.ts';
import type { PluginStage } from '../rig/plugin-stage.ts';
import { expectNothingLeft, expectOthersUnharmed, openHostile, QUICK_STOP } from './hostile-stage.ts';

const NEVER = `${QUICK_STOP}[restart]\npolicy = "never"\n`;
const MOST_PROCESSES = 25;

/** RLIMIT_NPROC does not bind root, so whoever is not root runs the bomb as oneself. */
const isRoot = process.getuid?.() === 0;

it.skipIf(!isRoot)('a fork bomb stays within limits.nproc, and all of it ends with a stop', async () => {
  await using stage = await openHostile(
    'fork-bomb',
    `user = "nobody"\n${NEVER}[limits]\nnproc = ${MOST_PROCESSES}\n`,
  );
  // So that nobody reaches the plugin's program and data.
  for (const folder of [stage.folder, stage.paths.stateFolder, stage.paths.dataFolder])
    chmodSync(folder, 0o755);
  await stage.act('start', 'fork-bomb');
  await stage.untilLine('fork-bomb', 'refused: Resource temporarily unavailable');
  const bomb = pidsOfPlugin(stage.folder, 'fork-bomb');
  expect(bomb.length).toBeGreaterThan(1);
  expect(bomb.length).toBeLessThanOrEqual(MOST_PROCESSES);
  await expectOthersUnharmed(stage);
  await stage.act('stop', 'fork-bomb');
  expectNothingLeft(stage, 'fork-bomb');
});

it('a fork bomb of 200 processes without a limit ends with a stop, all of it', async () => {
  await using stage = await openHostile('fork-bomb', NEVER);
  await stage.act('start', 'fork-bomb');
  await untilTrue('it has forked 200 times', () => pidsOfPlugin(stage.folder, 'fork-bomb').length === 201);
  await expectOthersUnharmed(stage);
  await stage.act('stop', 'fork-bomb');
  expectNothingLeft(stage, 'fork-bomb');
});

it('what ignores every signal is killed when its grace is over, its children too', async () => {
  await using stage = await openHostile('ignores-all-signals');
  await stage.act('start', 'ignores-all-signals');
  await untilTrue('both are up', () => pidsOfPlugin(stage.folder, 'ignores-all-signals').length === 2);
  await stage.untilLine('ignores-all-signals', '"up"');
  const both = pidsOfPlugin(stage.folder, 'ignores-all-signals');
  expect((await stage.act('stop', 'ignores-all-signals')).error).toBeUndefined();
  expect(both.filter((pid) => isRunning(pid))).toEqual([]);
  expect(await stage.status('ignores-all-signals')).toMatchObject({ lastExit: { signal: 'SIGKILL' } });
  await expectOthersUnharmed(stage);
  expectNothingLeft(stage, 'ignores-all-signals');
});

it('a plugin that makes a daemon of itself has ended with its main process, and its daemon is ended', async () => {
  await using stage = await openHostile('double-forks', NEVER);
  await stage.act('start', 'double-forks', { noBlock: true });
  const status = await stage.untilState('double-forks', 'exited');
  expect(status).toMatchObject({ lastExit: { code: 0, signal: null }, pid: null });
  expectNothingLeft(stage, 'double-forks');
  await expectOthersUnharmed(stage);
});

it.skipIf(!isRoot)('a plugin that deletes its run files is seen to the end all the same', async () => {
  await using stage = await openHostile('deletes-its-run-files', NEVER);
  await stage.act('start', 'deletes-its-run-files');
  await stage.untilLine('deletes-its-run-files', '"deleted"');
  const { pid, runId } = await stage.status('deletes-its-run-files');
  await expectOthersUnharmed(stage);
  tellToEnd(stage);
  await stage.untilState('deletes-its-run-files', 'failed');
  expect(await stage.capsule('deletes-its-run-files')).toMatchObject({ runId, exitCode: 9, cause: 'exit' });
  expect(isRunning(pid ?? 0)).toBe(false);
  expectNothingLeft(stage, 'deletes-its-run-files');
});

it.skipIf(!isRoot)('it is not started a second time by a torud that finds no run files', async () => {
  await using stage = await openHostile('deletes-its-run-files', NEVER);
  await stage.act('enable', 'deletes-its-run-files');
  await stage.untilLine('deletes-its-run-files', '"deleted"');
  const { pid, runId } = await stage.status('deletes-its-run-files');
  await stage.rig.killAndRestart();
  expect(await stage.status('deletes-its-run-files')).toMatchObject({ state: 'running', pid, runId });
  expect(pidsOfPlugin(stage.folder, 'deletes-its-run-files')).toEqual([pid]);
  tellToEnd(stage);
  await stage.untilState('deletes-its-run-files', 'failed');
  expect(await stage.capsule('deletes-its-run-files')).toMatchObject({ runId, exitCode: 9 });
  await expectOthersUnharmed(stage);
  expectNothingLeft(stage, 'deletes-its-run-files');
});

function tellToEnd(stage: PluginStage): void {
  writeFileSync(join(stage.paths.dataFolder, 'deletes-its-run-files/go'), '');
}
