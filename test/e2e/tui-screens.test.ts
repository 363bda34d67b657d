/** From what is wrong to why, on a real terminal: crash to capsule, logs and their search, what goes down with a stop. */

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { install, openWith, SHOP } from '../rig/dependent-plugins.ts';
import type { PluginStage } from '../rig/plugin-stage.ts';
import { hasProgram, titleFor } from '../rig/terminal-shell.ts';
import { TmuxTerminal } from '../rig/tmux-terminal.ts';

const tmuxTest = test.skipIf(!hasProgram('tmux'));
const title = (text: string): string => titleFor('tmux', text);

const CRASHES = '#!/bin/sh\necho "connecting"\necho "fatal: no backend" >&2\nexit 7\n';
const TALKS = '#!/bin/sh\nseq -f "request %.0f" 200\necho "needle in the log" >&2\nexec sleep infinity\n';
const TWICE = '[restart]\ndelays_ms = [0, 600000]\n';

let stage: PluginStage;
let terminal: TmuxTerminal;

beforeAll(async () => {
  stage = await openWith(SHOP);
  await install(stage, 'crashy', { script: CRASHES, dropIn: TWICE });
  await install(stage, 'talks', { script: TALKS });
  await stage.call('plugin.scan');
  for (const id of Object.keys(SHOP)) await stage.act('start', id);
  await stage.act('start', 'talks');
  await stage.untilLine('talks', 'needle');
  await stage.act('start', 'crashy', { block: false });
  await stage.until('crashy', ({ state, restarts }) => state === 'backoff' && restarts >= 1);
});
afterAll(() => stage[Symbol.asyncDispose]());

beforeEach(async () => {
  if (!hasProgram('tmux')) return;
  terminal = await TmuxTerminal.open(stage.folder);
  await terminal.run('toru top');
  await terminal.until(/crashy +B backoff/);
});
afterEach(() => terminal?.[Symbol.asyncDispose]());

/** Filters the list down to one plugin. */
async function choose(id: string): Promise<void> {
  await terminal.type(`/${id}`);
  await terminal.until(new RegExp(`^ /${id}$`, 'm'));
  await terminal.press('Enter');
  await terminal.until(new RegExp(`▸ ${id} `));
}

tmuxTest(title('from the list to the crash and its capsule, and back'), async () => {
  await choose('crashy');
  await terminal.type('c');
  await terminal.until((screen) => /> crashes crashy/.test(screen) && /exit 7/.test(screen));
  await terminal.press('Enter');
  const capsule = await terminal.until(/fatal: no backend/);
  expect(capsule).toMatch(/cause +exit 7/);
  expect(capsule).toMatch(/\$ toru crashes show \d+/);
  await terminal.press('Escape');
  await terminal.until(/\$ toru crashes show \d+/);
  await terminal.until((screen) => /> crashes crashy/.test(screen) && !/fatal/.test(screen));
  await terminal.press('Escape');
  await terminal.until(/▸ crashy +B backoff/);
});

tmuxTest(title('opens a plugin and says why it is as it is'), async () => {
  await choose('crashy');
  await terminal.press('Enter');
  const detail = await terminal.until(/crashy is in backoff/);
  expect(detail).toContain('$ toru why crashy');
});

tmuxTest(title('searches the log of a plugin, and follows it'), async () => {
  await choose('talks');
  await terminal.type('l');
  await terminal.until(/needle in the log/);
  await terminal.type('/request 17[0-3]');
  await terminal.until(/^ \/request 17/m);
  await terminal.press('Enter');
  await terminal.until(/request 173/);
  await terminal.type('/(');
  await terminal.press('Enter');
  await terminal.until(/not a regular expression/);
  await terminal.type('q');
  await terminal.untilPrompt();
});

tmuxTest(title('asks before a stop, shows who goes down with it, and does it on Enter alone'), async () => {
  await choose('crm');
  await terminal.type('x');
  const asked = await terminal.until(
    (screen) => /web/.test(screen) && /ui/.test(screen) && /stop crm/.test(screen),
  );
  expect(asked).toMatch(/SIGTERM/);
  await terminal.press('Escape');
  await terminal.until((screen) => !/SIGTERM/.test(screen));
  expect((await stage.status('crm')).state).toBe('running');
  await terminal.type('x');
  await terminal.until(/SIGTERM/);
  await terminal.press('Enter');
  await terminal.until(/crm +S stopped/);
  expect((await stage.status('ui')).state).not.toBe('running');
  await stage.act('start', 'crm');
  await stage.act('start', 'ui');
});

tmuxTest(title('shows events as they happen'), async () => {
  await terminal.type('V');
  await terminal.until(/crashy +crashed/);
  await stage.act('stop', 'talks');
  await terminal.until(/talks +stopped/);
  await stage.act('start', 'talks');
});

tmuxTest(title('opens each view while torud is away, and fills it when torud is back'), async () => {
  await choose('crashy');
  await stage.rig.kill();
  await terminal.until(/torud is away/);
  for (const [key, shows] of [
    ['Enter', /crashy is in backoff|fatal: no backend/],
    ['l', /fatal: no backend/],
    ['c', /exit 7/],
    ['v', /crashed/],
  ] as const) {
    await terminal.press(key);
    await terminal.until(/plugins > /);
    await stage.rig.start();
    await terminal.until(/torud is back/);
    await terminal.until((screen) =>
      screen
        .split('\n')
        .slice(2, -3)
        .some((line) => shows.test(line)),
    );
    await terminal.press('Escape');
    await terminal.until((screen) => !/plugins > /.test(screen));
    await stage.rig.kill();
    await terminal.until(/torud is away/);
  }
  await stage.rig.start();
});
