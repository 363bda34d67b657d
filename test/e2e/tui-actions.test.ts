/** What is done from the terminal UI, on a real terminal: recorded, edited, typed, and told of by the events. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { install, openWith } from '../rig/dependent-plugins.ts';
import { writeProgram } from '../rig/plugin-fixture.ts';
import type { PluginStage } from '../rig/plugin-stage.ts';
import { hasProgram, titleFor } from '../rig/terminal-shell.ts';
import { TmuxTerminal } from '../rig/tmux-terminal.ts';

const tmuxTest = test.skipIf(!hasProgram('tmux'));
const title = (text: string): string => titleFor('tmux', text);

let stage: PluginStage;
let terminal: TmuxTerminal;

beforeAll(async () => {
  stage = await openWith({ db: {}, web: { needs: ['db'] } });
  await install(stage, 'lost', { needs: ['nowhere@^2.0'] });
  await stage.call('plugin.scan');
  for (const id of ['db', 'web']) await stage.act('start', id);
});
afterAll(() => stage[Symbol.asyncDispose]());

beforeEach(async () => {
  if (!hasProgram('tmux')) return;
  const editor = join(stage.folder, 'editor');
  await writeProgram(editor, '#!/bin/sh\nsed -i "1i nice = 5" "$1"\n');
  const broken = join(stage.folder, 'broken-editor');
  await writeProgram(broken, '#!/bin/sh\necho "no disk in drive A"\nexit 3\n');
  terminal = await TmuxTerminal.open(stage.folder, { env: { VISUAL: editor } });
});
afterEach(() => terminal?.[Symbol.asyncDispose]());

tmuxTest(title('records what is done as a script that runs, and refuses to write over it'), async () => {
  await terminal.run('toru top --record night.sh');
  await terminal.until(/▸ db +R running/);
  await terminal.type('r');
  await terminal.until(/is started again after it: web/);
  await terminal.press('Enter');
  await terminal.until(/restart db: done/);
  await terminal.type(':start lost');
  await terminal.press('Enter');
  const refused = await terminal.until(/exit 153/);
  expect(refused).toContain('nowhere');
  await terminal.type('q');
  await terminal.untilPrompt();
  const text = await readFile(join(stage.folder, 'night.sh'), 'utf8');
  expect(text).toMatch(/^#!\/bin\/sh\n/);
  expect(text).toMatch(/^toru restart db$/m);
  expect(text).toMatch(/^# \S+ exit 153: toru start lost$/m);
  await terminal.run('./night.sh && echo "it ran: $?"');
  await terminal.until(/^it ran: 0/m);
  await terminal.run('toru top --record night.sh; echo "so: $?"');
  const told = await terminal.until(/^so: 2/m);
  expect(told.replaceAll('\n', '')).toContain('night.sh exists already, and is not written over');
});

tmuxTest(
  title('asks before a typed command stops something, and Escape leaves it whatever follows'),
  async () => {
    await terminal.run('toru top');
    await terminal.until(/▸ db +R running/);
    await terminal.type(':stop d*');
    await terminal.press('Enter');
    await terminal.until(/goes down with it, in this order: web/);
    // In one write, as a slow line delivers them.
    await terminal.type('\x1b\r');
    const left = await terminal.until((screen) => !screen.includes('goes down with it'));
    expect(left).toMatch(/▸ db +R running/);
    expect(left).not.toContain('stopping');
    await terminal.type(':logs -f nosuch');
    await terminal.press('Enter');
    await terminal.until(/logs: there is no plugin "nosuch"/);
  },
);

tmuxTest(title('lends the terminal to the editor, and waits for a key when that has failed'), async () => {
  await terminal.run('toru top');
  await terminal.until(/▸ db +R running/);
  await terminal.type('E');
  await terminal.until(/edit db: done/);
  expect(await readFile(join(stage.paths.dropInFolder, 'db.toml'), 'utf8')).toContain('nice = 5');
  await terminal.type('q');
  await terminal.untilPrompt();
  await terminal.run('VISUAL=./broken-editor toru top');
  await terminal.until(/▸ db +R running/);
  await terminal.type('E');
  const failed = await terminal.until(/Press a key/);
  expect(failed).toContain('no disk in drive A');
  expect(failed).not.toContain('▸ db');
  await terminal.type('x');
  // The key was for what stood there: nothing is asked.
  const back = await terminal.until(/edit db: exit 1/);
  expect(back).toContain('▸ db');
  expect(back).not.toContain('stop db');
});

tmuxTest(title('shows events and audit as they happen, and an event whole'), async () => {
  await terminal.run('toru top');
  await terminal.until(/▸ db +R running/);
  await terminal.type('V');
  await terminal.until(/all · following/);
  await stage.act('restart', 'web');
  await terminal.until(/audit +\S+ \(uid \d+.*ran restart web/);
  await terminal.until(/^▸ \S+ +web +ready/m);
  await terminal.type('k');
  await terminal.until(/paused, 1 below/);
  await terminal.type('3');
  await terminal.until(/only audit · following/);
  await terminal.press('Enter');
  const whole = await terminal.until(/method +plugin\.restart/);
  expect(whole).toMatch(/params\.names|web/);
  expect(whole).toMatch(/pid +\d+/);
});

tmuxTest(title('completes a command, and shows what it says'), async () => {
  await terminal.run('toru top');
  await terminal.until(/▸ db +R running/);
  await terminal.type(':list-d');
  await terminal.press('Tab');
  await terminal.until(/^ :list-dependencies$/m);
  await terminal.type('w');
  await terminal.press('Tab');
  await terminal.until(/^ :list-dependencies web$/m);
  await terminal.press('Enter');
  const said = await terminal.until(/toru list-dependencies web +exit 0/);
  expect(said).toContain('db');
});
