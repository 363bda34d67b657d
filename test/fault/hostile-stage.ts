/** A torud with one hostile plugin and a good neighbour that must notice nothing of it. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { runToru } from '../rig/cli-rig.ts';
import { writeDropIn } from '../rig/plugin-fixture.ts';
import { isRunning, pidsOfPlugin } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { CHECKOUT } from '../rig/programs.ts';

const NEIGHBOUR = 'echo-socket';
/** Far more than any of these plugins may cost torud or a shim. */
const MOST_MEMORY_BYTES = 200 * 1024 * 1024;
const MOST_SHIM_MEMORY_BYTES = 16 * 1024 * 1024;

/** For plugins that have to be killed: soon. */
export const QUICK_STOP = '[stop]\ngrace_ms = 200\n';

/** Both are installed, and the neighbour is up and asked for its health all the time. */
export async function openHostile(id: string, dropIn = QUICK_STOP): Promise<PluginStage> {
  const stage = await PluginStage.open({ [NEIGHBOUR]: '[health]\ninterval_ms = 20\n' });
  try {
    await writeDropIn(stage.paths, id, dropIn);
    await cp(join(CHECKOUT, 'test/fixtures/hostile', id), join(stage.paths.pluginFolder, id), {
      recursive: true,
    });
    await stage.call('daemon.reload');
    await stage.call('plugin.scan');
    await stage.act('enable', NEIGHBOUR);
    return stage;
  } catch (thrown) {
    await stage[Symbol.asyncDispose]();
    throw thrown;
  }
}

/** The neighbour has never been ended, answers now, and so does `toru list`; torud has not grown. */
export async function expectOthersUnharmed(stage: PluginStage): Promise<void> {
  const list = await runToru(stage.folder, ['list', '--all']);
  expect(list).toMatchObject({ code: 0, stderr: '' });
  expect(list.stdout).toContain(NEIGHBOUR);
  const status = await stage.until(NEIGHBOUR, ({ health }) => health === 'healthy');
  expect(status).toMatchObject({ state: 'running', restarts: 0, lastCrash: null });
  const { daemon } = (await stage.call('daemon.status')) as { daemon: { memoryBytes: number } };
  expect(daemon.memoryBytes).toBeLessThan(MOST_MEMORY_BYTES);
}

/** Its shim is as small as it was. */
export async function expectSmallShim(stage: PluginStage, id: string): Promise<void> {
  const text = readFileSync(`/proc/${await stage.shimPid(id)}/status`, 'utf8');
  const kibibytes = Number(/^VmHWM:\s*(\d+) kB$/m.exec(text)?.[1]);
  expect(kibibytes * 1024).toBeLessThan(MOST_SHIM_MEMORY_BYTES);
}

/** No process of it lives, and no file of its runs is kept. */
export function expectNothingLeft(stage: PluginStage, id: string): void {
  expect(pidsOfPlugin(stage.folder, id).filter((pid) => isRunning(pid))).toEqual([]);
  expect(readdirSync(stage.paths.runsFolder).filter((name) => name.includes(`-${id}.`))).toEqual([]);
}

/** Bytes of all its log files together. */
export function logBytes(stage: PluginStage, id: string): number {
  const folder = stage.paths.pluginLogFolder;
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${id}.log`))
    .reduce((sum, name) => sum + sizeOf(join(folder, name)), 0);
}

/** A file that is rotated away at this moment counts as 0. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last messages of the plugin's log. */
export async function messages(stage: PluginStage, id: string, most = 1000): Promise<readonly string[]> {
  const { stdout } = await runToru(stage.folder, ['logs', id, '-o', 'cat', '-n', String(most)]);
  return stdout.split('\n').slice(0, -1);
}
