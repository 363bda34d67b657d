/** The live view on a real terminal, of a real torud: list, filter, sizes, and a torud that is killed under it. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { install, openWith, SHOP } from '../rig/dependent-plugins.ts';
import type { PluginStage } from '../rig/plugin-stage.ts';
import { hasProgram, titleFor } from '../rig/terminal-shell.ts';
import { TmuxTerminal } from '../rig/tmux-terminal.ts';

const tmuxTest = test.skipIf(!hasProgram('tmux'));
const title = (text: string): string => titleFor('tmux', text);

let stage: PluginStage;

beforeAll(async () => {
  stage = await openWith(SHOP);
  await install(stage, 'bad', { script: '#!/bin/sh\necho "no backend" >&2\nexit 7\n' });
  await stage.call('plugin.scan');
  for (const id of Object.keys(SHOP)) await stage.act('start', id);
});

afterAll(() => stage[Symbol.asyncDispose]());

tmuxTest(title('toru alone on a terminal shows all plugins and their states'), async () => {
  await using terminal = await TmuxTerminal.open(stage.folder);
  await terminal.run('toru');
  const screen = await terminal.until(/ui +R running/);
  for (const id of Object.keys(SHOP)) expect(screen).toMatch(new RegExp(`${id} +R running`));
  expect(screen).toMatch(/4 running/);
});
