/** The live view on a real terminal, of a real torud: the list, what it leaves out, and every size and kind of terminal. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { install, openWith, SHOP } from '../rig/dependent-plugins.ts';
import type { PluginStage } from '../rig/plugin-stage.ts';
import { hasProgram, titleFor } from '../rig/terminal-shell.ts';
import { type TmuxOptions, TmuxTerminal } from '../rig/tmux-terminal.ts';

const tmuxTest = test.skipIf(!hasProgram('tmux'));
const title = (text: string): string => titleFor('tmux', text);
const IDS = Object.keys(SHOP);

let stage: PluginStage;

beforeAll(async () => {
  stage = await openWith(SHOP);
  await install(stage, 'lonely', {});
  await stage.call('plugin.scan');
  for (const id of IDS) await stage.act('start', id);
});
afterAll(() => stage[Symbol.asyncDispose]());

/** A terminal on which the view stands. */
async function open(line = 'toru top', options: TmuxOptions = {}): Promise<TmuxTerminal> {
  const terminal = await TmuxTerminal.open(stage.folder, options);
  try {
    await terminal.run(line);
    await terminal.until(/web +R running/);
    return terminal;
  } catch (thrown) {
    await terminal[Symbol.asyncDispose]();
    throw thrown;
  }
}

tmuxTest(title('toru alone on a terminal shows all plugins and their states'), async () => {
  await using terminal = await open('toru');
  const screen = await terminal.screen();
  for (const id of IDS) expect(screen).toMatch(new RegExp(`${id} +R running`));
  expect(screen).toMatch(/lonely +S stopped/);
  expect(screen).toMatch(/4 running/);
  expect(screen).toContain('$ toru');
});

tmuxTest(title('shows what changes, as it changes'), async () => {
  await using terminal = await open();
  await stage.act('start', 'lonely');
  await terminal.until(/lonely +R running/);
  await stage.act('stop', 'lonely');
  await terminal.until(/lonely +S stopped/);
});

tmuxTest(title('filters as one types, and shows all again when that is given up'), async () => {
  await using terminal = await open();
  await terminal.type('/lo');
  const filtered = await terminal.until((screen) => /lonely/.test(screen) && !/crm +R/.test(screen));
  expect(filtered).toMatch(/\/lo$/m);
  await terminal.press('Escape');
  await terminal.until(/crm +R running/);
});

tmuxTest(title('pasted text goes into the filter, and acts on nothing where nothing is typed'), async () => {
  await using terminal = await open();
  await terminal.paste('x\ny\n');
  await terminal.until(/pasted text goes where something is typed/);
  await terminal.type('/');
  await terminal.until(/^ \//m);
  await terminal.paste('lonely\n');
  await terminal.until((screen) => /^ \/lonely$/m.test(screen) && !/crm +R/.test(screen));
});

tmuxTest(title('keeps its picture whole through every size, and says what is too small'), async () => {
  await using terminal = await open();
  for (const [columns, rows] of [
    [200, 50],
    [60, 10],
    [300, 100],
    [80, 24],
  ] as const) {
    await terminal.resize(columns, rows);
    const screen = await terminal.until((text) => isWhole(text, columns, rows));
    expect(screen.match(/\$ toru /g)).toHaveLength(1);
    expect(screen).toMatch(/crm +R running/);
  }
  for (const [columns, rows] of [
    [5, 3],
    [20, 30],
    [1, 1],
    [100, 2],
  ] as const) {
    await terminal.resize(columns, rows);
    await terminal.until(new RegExp(`^${'too small'.slice(0, Math.min(columns, 3))}`));
  }
  await terminal.resize(100, 30);
  await terminal.until(/web +R running/);
});

/** From the header in the first row to the command in the last one, with a rule as wide as the terminal. */
function isWhole(screen: string, columns: number, rows: number): boolean {
  const lines = screen.replace(/\n$/, '').split('\n');
  return (
    lines.length === rows &&
    /^ toru .*4 /.test(lines[0] ?? '') &&
    lines.at(-3) === '─'.repeat(columns) &&
    / \$ toru /.test(lines.at(-1) ?? '')
  );
}

tmuxTest(title('fits 60 columns, and still says state and cause'), async () => {
  await using terminal = await open('toru top', { columns: 60, rows: 24 });
  const screen = await terminal.screen();
  for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  expect(screen).toMatch(/ID .*STATE/);
});

tmuxTest(title('needs no colours with NO_COLOR, and has them without it'), async () => {
  await using plain = await open('NO_COLOR=1 toru top');
  // Bold, dim and reverse say no colour.
  expect(await plain.screen(true)).not.toMatch(COLOUR);
  await using coloured = await open();
  expect(await coloured.screen(true)).toMatch(COLOUR);
});

tmuxTest(title('needs nothing but ASCII where the locale has no more'), async () => {
  await using terminal = await open('LC_ALL=C toru top');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  expect(await terminal.screen()).toMatch(/^[\x00-\x7f]*$/);
});

tmuxTest(title('shows on a terminal in CI what it shows elsewhere'), async () => {
  await using terminal = await open('CI=true DEV=true INK_SCREEN_READER=false toru top');
  expect(await terminal.modes()).toMatchObject({ isAlternate: true });
});

tmuxTest(title('draws all of it again on Ctrl-L'), async () => {
  await using terminal = await open();
  await terminal.scribble('somebody writes to all');
  await terminal.until(/somebody/);
  await terminal.press('C-l');
  await terminal.until((text) => !text.includes('somebody') && isWhole(text, 100, 30));
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: codes of the terminal
const COLOUR = /\x1b\[(?:[\d;]*;)?(?:3[0-8]|9[0-7])(?:;[\d;]*)?m/;
