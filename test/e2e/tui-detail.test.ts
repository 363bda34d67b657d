/** The detail of a plugin on a real terminal, of a real torud: why, settings, dependencies, runs, and torud going away. */

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { runToru } from '../rig/cli-rig.ts';
import { install, openWith, SHOP } from '../rig/dependent-plugins.ts';
import type { PluginStage } from '../rig/plugin-stage.ts';
import { hasProgram, titleFor } from '../rig/terminal-shell.ts';
import { TmuxTerminal } from '../rig/tmux-terminal.ts';

const tmuxTest = test.skipIf(!hasProgram('tmux'));
const title = (text: string): string => titleFor('tmux', text);
/** Long enough to be looked at, and no test waits for its end. */
const PATIENT = '[restart]\ndelays_ms = [90000]\njitter = 0\n[environment]\nDB_PASSWORD = "hunter2hunter2"\n';

let stage: PluginStage;
let terminal: TmuxTerminal;

beforeAll(async () => {
  stage = await openWith(SHOP);
  await install(stage, 'apt', { script: '#!/bin/sh\necho no backend\nexit 7\n', dropIn: PATIENT });
  await stage.call('plugin.scan');
  for (const id of Object.keys(SHOP)) await stage.act('start', id);
  await stage.act('start', 'apt', { noBlock: true });
  await stage.until('apt', ({ state }) => state === 'backoff');
});
afterAll(() => stage[Symbol.asyncDispose]());

beforeEach(async () => {
  if (!hasProgram('tmux')) return;
  terminal = await TmuxTerminal.open(stage.folder);
  await terminal.run('toru top');
  await terminal.until(/web +R running/);
});
afterEach(() => terminal?.[Symbol.asyncDispose]());

tmuxTest(title('says why as toru why does, and counts a backoff down'), async () => {
  await terminal.press('Enter');
  const screen = await terminal.until(/apt is in backoff/);
  const { stdout } = await runToru(stage.folder, ['why', 'apt']);
  const [sentence = ''] = stdout.split('. ');
  expect(screen.replace(/\s+/g, ' ')).toContain(sentence.replace(/\s+/g, ' '));
  expect(screen).toContain('$ toru why apt');
  const seen = new Set<string>();
  await terminal.until((shown) => {
    for (const [, seconds = ''] of shown.matchAll(/Next try in (\d+) s/g)) seen.add(seconds);
    return seen.size > 1;
  });
});

tmuxTest(title('shows settings with their sources, and no secret'), async () => {
  await terminal.press('Enter', '2');
  const screen = await terminal.until(/By default/);
  expect(screen).toMatch(/restart\.delays_ms +\[90000\] +\S*apt\.toml/);
  expect(screen).toMatch(/environment\.DB_PASSWORD +\(hidden\)/);
  expect(screen).not.toContain('hunter2');
});

tmuxTest(title('lists the runs with how each ended, and leads to the crash'), async () => {
  await terminal.press('Enter', '4');
  const screen = await terminal.until(/exit 7 \(crash #\d+\)/);
  expect(screen).toMatch(/RUN +STARTED +ENDED +LASTED +END/);
  const { stdout } = await runToru(stage.folder, ['runs', 'apt', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ runs: [{ plugin: 'apt', exitCode: 7, cause: 'exit' }] });
  await terminal.press('Enter');
  await terminal.until(/no backend/);
});

tmuxTest(title('walks along the tree of dependencies, and back'), async () => {
  await terminal.press('G', 'Enter', '3');
  const screen = await terminal.until(/web is needed by\n(?! +asking)/);
  expect(screen).toMatch(/└─ crm \^1\.0 +R running +1\.0\.0 +met/);
  expect(screen).toMatch(/└─ db \^1\.0 +R running +1\.2\.0 +met/);
  await terminal.press('Enter');
  await terminal.until(/crm is running/);
  await terminal.press('Escape');
  await terminal.until(/web is needed by/);
});

tmuxTest(title('is right again when torud was killed and is back'), async () => {
  await terminal.press('G', 'Enter');
  await terminal.until(/web is running/);
  await stage.rig.kill();
  await terminal.until(/torud is away/);
  await stage.rig.start();
  await terminal.until(/web kept running/);
  await stage.act('stop', 'ui');
  await stage.act('stop', 'web');
  await terminal.until(/web is stopped/);
});
