/** Tasks on a real terminal: a script is run, watched, searched, cancelled; a quick action asks first. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { allTasks, untilTask, writeScript } from '../rig/automation-stage.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { hasProgram, titleFor } from '../rig/terminal-shell.ts';
import { TmuxTerminal } from '../rig/tmux-terminal.ts';

const tmuxTest = test.skipIf(!hasProgram('tmux'));
const title = (text: string): string => titleFor('tmux', text);

/** Goes on until somebody ends it. */
const SERVES = '# Serves for ever\nseq -f "request %.0f" 200\necho "warned $1" >&2\nexec sleep infinity';

let stage: PluginStage;
let terminal: TmuxTerminal;

beforeEach(async () => {
  stage = await PluginStage.make();
  await writeScript(stage, 'serve.sh', SERVES);
  await writeScript(stage, 'quick.sh', 'echo "wiped $1"');
  await stage.rig.start();
  if (!hasProgram('tmux')) return;
  terminal = await TmuxTerminal.open(stage.folder);
  await terminal.run('toru top');
  await terminal.until(/t tasks/);
});
afterEach(async () => {
  await terminal?.[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

tmuxTest(title('runs a script with arguments, follows its output, searches it, and cancels it'), async () => {
  await terminal.type('t');
  await terminal.until(/No script has been run yet/);
  await terminal.type('n');
  await terminal.until(/serve\.sh +Serves for ever/);
  await terminal.press('Down');
  await terminal.until(/▸ serve\.sh/);
  await terminal.press('Enter');
  await terminal.until(/^ :run --detach serve\.sh --$/m);
  await terminal.type('loudly');
  await terminal.press('Enter');
  await untilTask(stage, ({ state }) => state === 'running');
  await terminal.press('Escape');
  await terminal.until(/▸ running .* serve\.sh loudly/);
  await terminal.press('Enter');
  const live = await terminal.until(/warned loudly/);
  expect(live).toMatch(/following/);
  await terminal.type('/request 42');
  await terminal.press('Enter');
  await terminal.until((screen) => /request 42$/m.test(screen) && !/warned/.test(screen));
  await terminal.type('x');
  await terminal.until(/\[enter\] cancel/);
  await terminal.press('Enter');
  await terminal.until(/^ cancelled/m);
  await terminal.press('Escape');
  await terminal.until(/▸ cancelled .* SIGTERM .* serve\.sh loudly/);
  expect(await allTasks(stage)).toMatchObject([{ state: 'cancelled', args: ['loudly'] }]);
});

tmuxTest(title('a quick action that asks is run only after the answer'), async () => {
  const action = { mode: 'create', name: 'wipe', script: 'quick.sh', args: ['disk'], confirm: 'All goes?' };
  await stage.call('quickAction.set', action);
  await terminal.type('t');
  await terminal.until(/No script has been run yet/);
  await terminal.type('a');
  await terminal.until(/▸ +wipe +wipe +quick\.sh disk +asks first/);
  await terminal.press('Enter');
  await terminal.until(/All goes\?/);
  await terminal.press('Escape');
  await terminal.until((screen) => !/All goes\?/.test(screen));
  expect(await allTasks(stage)).toEqual([]);
  await terminal.press('Enter');
  await terminal.until(/All goes\?/);
  await terminal.press('Enter');
  await untilTask(stage, ({ state }) => state === 'done');
  await terminal.press('Escape');
  await terminal.until(/▸ done .* action wipe +quick\.sh disk/);
});

tmuxTest(title('a task and its output go on over a kill of torud'), async () => {
  await writeScript(stage, 'slow.sh', 'echo begun; while [ ! -e "$1" ]; do sleep 0.05; done; echo went on');
  const gate = join(stage.folder, 'gate');
  await stage.call('task.run', { script: 'slow.sh', args: [gate] });
  await terminal.type('t');
  await terminal.until(/▸ running .* slow\.sh/);
  await terminal.press('Enter');
  await terminal.until(/^ begun$/m);
  await stage.rig.killAndRestart();
  await writeFile(gate, '');
  const ended = await terminal.until((screen) => /^ went on$/m.test(screen) && /^ done /m.test(screen));
  expect(ended.match(/^ begun$/gm)).toHaveLength(1);
  await terminal.press('Escape');
  await terminal.until(/▸ done .* exit 0 .* slow\.sh/);
});
