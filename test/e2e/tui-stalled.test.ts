/** A terminal that nobody reads from, as behind a line that stands still: the live view still hears signals. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { open, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { errnoOf } from '../../src/protocol/result.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { cleanEnvironment, TORU } from '../rig/programs.ts';

const LIMIT = { timeout: 10_000, interval: 20 };
const SCRIPT = `stty -a >before; sh -c 'echo $$ >pid; exec ${TORU} top'; echo $? >left; stty -a >after; echo over >over`;

let stage: PluginStage;
let terminal: ChildProcess;

beforeAll(async () => {
  stage = await PluginStage.open({ sleeper: '' });
});
afterAll(() => stage[Symbol.asyncDispose]());
afterEach(async () => {
  // Its shell ends with its terminal.
  if (terminal.exitCode !== null || terminal.signalCode !== null) return;
  const ended = once(terminal, 'exit');
  terminal.kill('SIGKILL');
  await ended;
});

async function written(name: string): Promise<string> {
  await expect.poll(() => readFile(join(stage.folder, name), 'utf8').catch(() => ''), LIMIT).toMatch(/\n$/);
  return (await readFile(join(stage.folder, name), 'utf8')).trim();
}

/** The pid of a live view that stands, on a terminal that takes nothing more. */
async function stalled(): Promise<number> {
  for (const name of ['pid', 'left', 'after', 'over']) await rm(join(stage.folder, name), { force: true });
  terminal = spawn('script', ['-qec', `stty rows 30 cols 100; ${SCRIPT}`, '/dev/null'], {
    cwd: stage.folder,
    env: cleanEnvironment(stage.folder, { TORU_ROOT: stage.folder, TERM: 'xterm' }),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  terminal.stdout?.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  await expect.poll(() => shown, LIMIT).toMatch(/sleeper/);
  const pid = Number(await written('pid'));
  terminal.kill('SIGSTOP');
  const device = await open(
    await readlink(`/proc/${pid}/fd/0`),
    constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
  );
  try {
    for (;;) await device.write('x'.repeat(1024));
  } catch (thrown) {
    if (errnoOf(thrown) !== 'EAGAIN') throw thrown;
  } finally {
    await device.close();
  }
  return pid;
}

test.each([
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s ends it at once, and the terminal is set as it was', async (signal, exitCode) => {
  const pid = await stalled();
  // What is to be drawn finds no room.
  await stage.act('start', 'sleeper');
  await stage.act('stop', 'sleeper');
  const askedAtMs = performance.now();
  process.kill(pid, signal);
  expect(await written('left')).toBe(String(exitCode));
  expect(performance.now() - askedAtMs).toBeLessThan(2_000);
  await written('over');
  expect(await written('after')).toBe(await written('before'));
});

test('it goes on when the terminal is read from again, with the newest picture', async () => {
  await stalled();
  await stage.act('start', 'sleeper');
  let shown = '';
  terminal.stdout?.on('data', (text: string) => {
    shown += text;
  });
  terminal.kill('SIGCONT');
  await expect.poll(() => shown, LIMIT).toMatch(/running/);
  terminal.stdin?.write('q');
  expect(await written('left')).toBe('0');
  await expect.poll(() => shown, LIMIT).toContain('\x1b[?1049l');
  await stage.act('stop', 'sleeper');
});
