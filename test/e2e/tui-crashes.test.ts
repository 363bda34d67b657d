/** Crashes on a real terminal: where they began, one against another, a new one that appears by itself. */

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { install, openWith } from '../rig/dependent-plugins.ts';
import type { PluginStage } from '../rig/plugin-stage.ts';
import { hasProgram, titleFor } from '../rig/terminal-shell.ts';
import { TmuxTerminal } from '../rig/tmux-terminal.ts';

const tmuxTest = test.skipIf(!hasProgram('tmux'));
const title = (text: string): string => titleFor('tmux', text);

const CRASHES = '#!/bin/sh\necho "pid $$"\necho "fatal: no backend" >&2\nexit 7\n';
const TWICE = '[restart]\ndelays_ms = [0, 600000]\n';

let stage: PluginStage;
let terminal: TmuxTerminal;

beforeAll(async () => {
  stage = await openWith({});
  await install(stage, 'crashy', { script: CRASHES, dropIn: TWICE });
  await stage.call('plugin.scan');
  await stage.act('start', 'crashy', { block: false });
  await stage.until('crashy', ({ state, restarts }) => state === 'backoff' && restarts >= 1);
});
afterAll(() => stage[Symbol.asyncDispose]());

beforeEach(async () => {
  if (!hasProgram('tmux')) return;
  terminal = await TmuxTerminal.open(stage.folder);
  await terminal.run('toru top');
  await terminal.until(/▸ crashy +B backoff/);
  await terminal.type('c');
  await terminal.until(/#1 .*exit 7/);
});
afterEach(() => terminal?.[Symbol.asyncDispose]());

tmuxTest(
  title('says after what the crashes began, and compares the chosen one with the one before'),
  async () => {
    await terminal.until(/first after \S+ was installed/);
    await terminal.type('=');
    const compared = await terminal.until(/last lines, without times/);
    expect(compared).toMatch(/^ ! restart +0 +1/m);
    expect(compared).toMatch(/fatal: no backend +│ fatal: no backend/);
    expect(compared).toMatch(/\$ toru crashes diff 1 2/);
    await terminal.press('Escape');
    await terminal.until(/first after/);
  },
);

tmuxTest(title('writes the chosen crash into the file that is asked for'), async () => {
  await terminal.type('E');
  await terminal.until(/export to: crash-2\.json/);
  await terminal.press('Enter');
  await terminal.until(/crash 2 is in crash-2\.json/);
});

tmuxTest(title('shows a new crash by itself, with the cursor on the crash where it was'), async () => {
  const before = await terminal.until(/▸ +#2 /);
  expect(before).not.toMatch(/#3 /);
  await stage.act('restart', 'crashy', { block: false });
  await terminal.until(/ #3 .*exit 7/);
  await terminal.until(/▸ +#2 /);
  await terminal.type('g');
  await terminal.press('Enter');
  await terminal.until(/fatal: no backend/);
  await terminal.type('n');
  await terminal.until(/\$ toru crashes show \d+/);
});
