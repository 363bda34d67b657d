/** `toru run` on a terminal: keys, notes, and what becomes of the task when the terminal goes away. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { untilTask } from '../rig/automation-stage.ts';
import { runToru } from '../rig/cli-rig.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { waitsFor, writeScripts } from '../rig/script-files.ts';
import { TmuxTerminal } from '../rig/tmux-terminal.ts';

/** Long enough for a machine that has much else to do. */
const LIMIT_MS = 30_000;

let stage: PluginStage;
const gate = (name: string): string => join(stage.folder, `gate-${name}`);

beforeAll(async () => {
  stage = await PluginStage.open({}, '\n[tasks]\ngrace = "60s"\n');
  await writeScripts(stage.paths, {
    'ends-well': "trap 'echo bye; exit 7' TERM\necho begun\nwhile :; do sleep 0.05; done",
    'keeps-on': "trap 'echo asked' TERM\necho begun\nwhile :; do sleep 0.05; done",
    colours: "printf '\\033[31mred\\033[0m\\a\\n'; printf open",
    hello: 'echo hello',
    dies: 'kill -9 $$',
  });
});

afterAll(() => stage?.[Symbol.asyncDispose]());

test('Ctrl-C asks the script to end, and its exit code is that of toru', async () => {
  await using terminal = await TmuxTerminal.open(stage.folder);
  await terminal.run('toru run ends-well; echo "ended with $?"');
  await terminal.until(/^begun$/m, LIMIT_MS);
  await terminal.press('C-c');
  const screen = await terminal.until(/^ended with 7$/m, LIMIT_MS);
  expect(screen).toContain('toru: cancelling; Ctrl-C again kills');
  expect(screen).toMatch(/^bye$/m);
  expect(screen).toMatch(/^toru: run ends-well: cancelled by /m);
});

test('Ctrl-C a second time kills what does not end', async () => {
  await using terminal = await TmuxTerminal.open(stage.folder);
  await terminal.run('toru run keeps-on; echo "ended with $?"');
  await terminal.until(/^begun$/m, LIMIT_MS);
  await terminal.press('C-c');
  await terminal.until(/^asked$/m, LIMIT_MS);
  await terminal.press('C-c');
  const screen = await terminal.until(/^ended with 137$/m, LIMIT_MS);
  expect(screen).toMatch(/^(\^C)?toru: killing; Ctrl-C again leaves it alone$/m);
});

test('while torud is away Ctrl-C says that nothing can be cancelled, and leaves when it comes again', async () => {
  await using own = await PluginStage.open({});
  const file = join(own.folder, 'gate');
  await writeScripts(own.paths, { waits: `echo begun\n${waitsFor(file)}\necho done` });
  await using terminal = await TmuxTerminal.open(own.folder);
  await terminal.run('toru run waits; echo "ended with $?"');
  await terminal.until(/^begun$/m, LIMIT_MS);
  await own.rig.kill();
  await terminal.until(/^toru: torud is away; waiting$/m, LIMIT_MS);
  await terminal.press('C-c');
  await terminal.until(/cannot cancel: torud is away; Ctrl-C again leaves it alone$/m, LIMIT_MS);
  await terminal.press('C-c');
  await terminal.until(/^ended with 130$/m, LIMIT_MS);
  await own.rig.start();
  await writeFile(file, '');
  await untilTask(own, ({ state }) => state === 'done');
});

test('a torud that is away is waited for, and both is said', async () => {
  await using own = await PluginStage.open({});
  const file = join(own.folder, 'gate');
  await writeScripts(own.paths, { waits: `echo begun\n${waitsFor(file)}\necho done\nexit 4` });
  await using terminal = await TmuxTerminal.open(own.folder);
  await terminal.run('toru run waits; echo "ended with $?"');
  await terminal.until(/^begun$/m, LIMIT_MS);
  await own.rig.kill();
  await terminal.until(/^toru: torud is away; waiting$/m, LIMIT_MS);
  await own.rig.start();
  await terminal.until(/^toru: torud is back$/m, LIMIT_MS);
  await writeFile(file, '');
  expect(await terminal.until(/^ended with 4$/m, LIMIT_MS)).toMatch(/^begun\n(.*\n)*done$/m);
});

test('what a task waits for is said in one line', async () => {
  await writeScripts(stage.paths, { holds: waitsFor(gate('holds')) });
  await runToru(stage.folder, ['run', 'holds', '--lock', 'disk', '--detach']);
  await using terminal = await TmuxTerminal.open(stage.folder, { columns: 200 });
  await terminal.run('toru run hello --lock disk; echo "ended with $?"');
  await terminal.until(/^toru: waiting: .*lock "disk".*holds/m, LIMIT_MS);
  await writeFile(gate('holds'), '');
  expect(await terminal.until(/^ended with 0$/m, LIMIT_MS)).toMatch(/^hello$/m);
});

test('a task goes on when the terminal goes away', async () => {
  await writeScripts(stage.paths, { stays: `echo begun\n${waitsFor(gate('stays'))}\necho done` });
  await using terminal = await TmuxTerminal.open(stage.folder);
  await terminal.run('toru run stays');
  await terminal.until(/^begun$/m, LIMIT_MS);
  await terminal.hangUp();
  await writeFile(gate('stays'), '');
  const ended = await untilTask(stage, ({ script, state }) => script === 'stays' && state === 'done');
  expect(await runToru(stage.folder, ['task', 'logs', ended.id])).toMatchObject({ stdout: 'begun\ndone\n' });
});

test('colours of a script are shown as it runs, and as text by "task logs" without -o raw', async () => {
  await using terminal = await TmuxTerminal.open(stage.folder);
  await terminal.run('toru run colours; echo; echo "ended with $?"');
  await terminal.until(/^ended with 0$/m, LIMIT_MS);
  expect(await terminal.screen(true)).toContain('\x1b[31mred');
  await terminal.run('clear; toru task logs -1; echo "read with $?"');
  const shown = await terminal.until(/^read with 0$/m, LIMIT_MS);
  expect(shown).toContain('\\x1b[31mred\\x1b[0m\\x07\nopen\nread with 0');
  await terminal.run('clear; toru task logs -1 -o raw; echo; echo "raw with $?"');
  expect(await terminal.until(/^raw with 0$/m, LIMIT_MS)).toMatch(/^red\nopen$/m);
});

test('the signal that ended a script is named', async () => {
  await using terminal = await TmuxTerminal.open(stage.folder);
  await terminal.run('toru run dies; echo "ended with $?"');
  expect(await terminal.until(/^ended with 137$/m, LIMIT_MS)).toMatch(/^toru: run dies: ended by SIGKILL$/m);
});

test('the live view of the machine is drawn until q, and gives the screen back', async () => {
  await using terminal = await TmuxTerminal.open(stage.folder);
  await terminal.run('toru system --watch; echo "ended with $?"');
  const screen = await terminal.until(/q leaves$/m, LIMIT_MS);
  expect(screen).toMatch(/^ +Memory: .* available$/m);
  await terminal.press('q');
  await terminal.until(/^ended with 0$/m, LIMIT_MS);
  expect(await terminal.modes()).toMatchObject({ isAlternate: false, isCursorShown: true });
});
