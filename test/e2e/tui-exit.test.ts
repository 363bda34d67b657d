/** However the live view ends or is interrupted, the terminal is as it was: a shell in tmux is asked afterwards. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ScriptedDaemon } from '../fixtures/scripted-daemon.ts';
import { runToru } from '../rig/cli-rig.ts';
import { writeProgram } from '../rig/plugin-fixture.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { TORU } from '../rig/programs.ts';
import { runOnTerminal } from '../rig/terminal.ts';
import { hasProgram, titleFor } from '../rig/terminal-shell.ts';
import { TmuxTerminal } from '../rig/tmux-terminal.ts';

const tmuxTest = test.skipIf(!hasProgram('tmux'));
const title = (text: string): string => titleFor('tmux', text);

/** Keeps what it was told, so that a key that somebody else has taken is missed. */
const EDITOR = '#!/bin/sh\necho "in the editor"\nread one\nread two\necho "$one, $two" >typed\n';

let stage: PluginStage;
let terminal: TmuxTerminal;

beforeAll(async () => {
  stage = await PluginStage.open({ sleeper: '' });
  await writeProgram(join(stage.folder, 'editor'), EDITOR);
});
afterAll(() => stage[Symbol.asyncDispose]());

beforeEach(async () => {
  if (!hasProgram('tmux')) return;
  terminal = await TmuxTerminal.open(stage.folder, { env: { EDITOR: join(stage.folder, 'editor') } });
  await terminal.run('stty -a >before; clear; echo old text');
  await terminal.untilPrompt();
});
afterEach(() => terminal?.[Symbol.asyncDispose]());

/** Opens the view and waits until the list stands. */
async function open(line = 'toru top'): Promise<void> {
  await terminal.run(`${line}; echo "left with $?"`);
  await terminal.until(/sleeper +[A-Z] /);
  expect(await terminal.modes()).toMatchObject({ isAlternate: true, isCursorShown: false });
}

/** A process that has ended may still wait for somebody to ask how (proc_pid_stat(5), state Z). */
async function isRunning(pid: number): Promise<boolean> {
  try {
    return !/\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Asks the terminal and the shell on it: nothing of the view is left. */
async function clean(): Promise<void> {
  expect(await terminal.modes()).toEqual({
    isAlternate: false,
    isCursorShown: true,
    hearsMouse: false,
    hasApplicationKeys: false,
  });
  await terminal.run('stty -a | cmp before - && echo as before');
  await terminal.until(/^as before$/m);
}

/** The shell's screen, once the view is gone without a trace but its exit code. */
async function left(exitCode: number): Promise<string> {
  const screen = await terminal.until(/^left with \d+$/m);
  expect(screen).toMatch(/^old text$/m);
  expect(screen).toContain(`left with ${exitCode}\n`);
  await clean();
  return screen;
}

tmuxTest.each([
  ['q', 0],
  ['C-c', 130],
])(title('%s leaves with exit code %i'), async (key, exitCode) => {
  await open();
  await terminal.press(key);
  expect(await left(exitCode)).not.toContain('toru:');
});

tmuxTest.each([
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGQUIT', 131],
] as const)(title('%s from outside leaves with exit code %i'), async (signal, exitCode) => {
  await open();
  process.kill(await terminal.foreground(), signal);
  expect(await left(exitCode)).not.toContain('toru:');
});

tmuxTest(title('q leaves from any screen'), async () => {
  await open();
  await terminal.type('?');
  await terminal.until(/> help/);
  await terminal.press('q');
  await left(0);
});

tmuxTest(title('an exception is one line on standard error, after the screen is given back'), async () => {
  const daemon = await ScriptedDaemon.create();
  try {
    let breakIt: (() => void) | undefined;
    daemon.on('plugin.watch', (_params, reply) => {
      reply.item({ kind: 'snapshot', plugins: [] });
      breakIt = () => reply.item({ kind: 'usage' });
    });
    daemon.on('daemon.status', (_params, reply) => reply.error({ code: 'failed', message: 'no' }));
    await daemon.listen();
    await terminal.run(`toru --root ${daemon.root} top; echo "left with $?"`);
    await terminal.until(/9\.9\.9/);
    breakIt?.();
    const screen = await left(1);
    expect(screen).toMatch(/^toru: top: .*; this is a bug in toru$/m);
    expect(screen).not.toMatch(/^ +at /m);
  } finally {
    await daemon.close();
  }
});

tmuxTest(title('Ctrl-Z gives the terminal to the shell, and fg draws all of it again'), async () => {
  await open();
  await terminal.press('C-z');
  const shell = await terminal.until(/Stopped/);
  expect(shell).toMatch(/^old text$/m);
  expect(await terminal.modes()).toMatchObject({ isAlternate: false, isCursorShown: true });
  await terminal.run('stty -a | cmp before - && echo as before');
  await terminal.until(/^as before$/m);
  await terminal.resize(80, 20);
  await terminal.run('fg');
  const again = await terminal.until(/sleeper +[A-Z] /);
  expect(again).not.toContain('old text');
  expect(again.trimEnd().split('\n')).toHaveLength(20);
  // It still hears keys.
  await terminal.press('q');
  await terminal.untilPrompt();
  await terminal.run(
    'stty -a | sed "s/rows.*line/line/" >after; sed "s/rows.*line/line/" before | cmp - after && echo unchanged',
  );
  await terminal.until(/^unchanged$/m);
});

tmuxTest(title('SIGTSTP from outside stops it as Ctrl-Z does'), async () => {
  await open();
  process.kill(await terminal.foreground(), 'SIGTSTP');
  expect(await terminal.until(/Stopped/)).toMatch(/^old text$/m);
  await terminal.run('fg');
  await terminal.until(/sleeper +[A-Z] /);
  await terminal.press('q');
  await terminal.untilPrompt();
});

tmuxTest(title('SIGSTOP, of which nobody is told, is made good by fg'), async () => {
  await open();
  process.kill(await terminal.foreground(), 'SIGSTOP');
  await terminal.until(/Stopped/);
  // The terminal is still in raw mode, and this shell leaves it so.
  await terminal.type('fg');
  await terminal.press('C-j');
  await terminal.until((screen) => /sleeper +[A-Z] /.test(screen) && !screen.includes('Stopped'));
  await terminal.press('q');
  await terminal.untilPrompt();
  expect(await terminal.modes()).toMatchObject({ isAlternate: false, isCursorShown: true });
});

tmuxTest(title('the editor gets the terminal and every key, and the list is back after it'), async () => {
  await open();
  await terminal.type('E');
  await terminal.until(/in the editor/);
  expect(await terminal.modes()).toMatchObject({ isAlternate: false, isCursorShown: true });
  await terminal.run('first q');
  await terminal.until(/^first q$/m);
  // The editor is in the shell's job as well.
  await terminal.press('C-z');
  await terminal.until(/Stopped/);
  await terminal.run('fg');
  await terminal.run('second x');
  const screen = await terminal.until(/sleeper +[A-Z] /);
  expect(screen).not.toContain('in the editor');
  expect(await readFile(join(stage.folder, 'typed'), 'utf8')).toBe('first q, second x\n');
  await terminal.press('q');
  await terminal.untilPrompt();
  await clean();
});

tmuxTest(title('Ctrl-C in the editor ends that alone'), async () => {
  await open();
  await terminal.type('E');
  await terminal.until(/in the editor/);
  await terminal.press('C-c');
  // What did not end well stays until it is read.
  await terminal.until(/Press|sleeper +[A-Z] /);
  await terminal.press('Space');
  await terminal.until(/sleeper +[A-Z] /);
  await terminal.press('q');
  await left(0);
});

tmuxTest(title('ends when the terminal goes away'), async () => {
  await open();
  const pid = await terminal.foreground();
  await terminal.hangUp();
  await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
});

tmuxTest(
  title('a terminal that can move no cursor gets the list and a line a change, without a control code'),
  async () => {
    await terminal.run('TERM=dumb toru >out; cat out');
    await terminal.untilPrompt();
    await terminal.run('clear; TERM=dumb toru');
    const first = await terminal.until(/Ctrl-C/);
    expect(first).toMatch(/^ID +STATE +ENABLED/m);
    expect(first).toMatch(/^sleeper +stopped/m);
    await stage.act('start', 'sleeper');
    await terminal.until(/^\d\d:\d\d:\d\d sleeper +started/m);
    expect(await terminal.modes()).toMatchObject({ isAlternate: false, isCursorShown: true });
    await terminal.press('C-c');
    await terminal.untilPrompt();
    await stage.act('stop', 'sleeper');
  },
);

test('a terminal without a name is not sent one control code', async () => {
  const env = { TERM: '' };
  const press = { keys: '\x03', after: 'Ctrl-C' };
  const { code, shown } = await runOnTerminal(stage.folder, `${TORU} top`, { env, press });
  expect(code).toBe(130);
  expect(shown).toMatch(/^sleeper +stopped/m);
  expect(shown).not.toContain('\x1b');
});

test('without a terminal toru says how it is used, and toru top what to take instead', async () => {
  const alone = await runToru(stage.folder, []);
  expect(alone).toMatchObject({ code: 2, stdout: '' });
  expect(alone.stderr).toMatch(/^Usage|^usage|toru/);
  const top = await runToru(stage.folder, ['top']);
  expect(top).toMatchObject({ code: 2, stdout: '' });
  expect(top.stderr).toMatch(/^toru: top: the live view needs a terminal; .*toru list.*\n$/);
  const json = await runToru(stage.folder, ['top', '--json']);
  expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'usage' } });
});

tmuxTest(
  title('without torud it is one line and the exit code of every verb, on the screen of the shell'),
  async () => {
    await terminal.run('toru --root ./nothing top; echo "left with $?"');
    const screen = await left(150);
    expect(screen).toMatch(/^toru: top: torud is not running \(no socket .*\)/m);
  },
);
