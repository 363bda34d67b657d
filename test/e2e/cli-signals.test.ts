/** Signals to a command that goes on for ever. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PluginStage } from '../rig/plugin-stage.ts';
import { cleanEnvironment, TORU } from '../rig/programs.ts';

let stage: PluginStage;

beforeAll(async () => {
  stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
});
afterAll(() => stage[Symbol.asyncDispose]());

test('SIGUSR1 opens no inspector of Node', async () => {
  const child = spawn(TORU, ['events', '-f'], {
    env: cleanEnvironment(stage.folder, { TORU_ROOT: stage.folder }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  try {
    await once(child.stdout, 'data');
    child.kill('SIGUSR1');
    // What comes after it shows that the signal was taken.
    const next = once(child.stdout, 'data');
    await stage.act('stop', 'sleeper');
    await next;
    expect(said).toBe('');
  } finally {
    child.kill('SIGTERM');
  }
  await once(child, 'close');
  expect(said).toBe('');
});
