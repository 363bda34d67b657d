/** The mouse on a real terminal: reports as a terminal sends them, and what is left of it afterwards. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWith, SHOP } from '../rig/dependent-plugins.ts';
import type { PluginStage } from '../rig/plugin-stage.ts';
import { hasProgram, titleFor } from '../rig/terminal-shell.ts';
import { TmuxTerminal } from '../rig/tmux-terminal.ts';

const tmuxTest = test.skipIf(!hasProgram('tmux'));
const title = (text: string): string => titleFor('tmux', text);
const IDS = Object.keys(SHOP).sort();
const [FIRST = '', SECOND = ''] = IDS;
const LAST = IDS.at(-1) ?? '';

let stage: PluginStage;

beforeAll(async () => {
  stage = await openWith(SHOP);
});
afterAll(() => stage[Symbol.asyncDispose]());

/** What a terminal sends for a button that is pressed and let go (xterm, SGR). @param row of the terminal, from 1 */
function click(row: number, button = 0): string {
  return `\x1b[<${button};6;${row}M\x1b[<${button};6;${row}m`;
}

const WHEEL_UP = '\x1b[<64;6;9M';
const WHEEL_DOWN = '\x1b[<65;6;9M';

function chosen(id: string): RegExp {
  return new RegExp(`^▸ +${id} `, 'm');
}

/** Row of a plugin in the list, from 1. */
async function rowOf(terminal: TmuxTerminal, id: string): Promise<number> {
  const lines = (await terminal.screen()).split('\n');
  return 1 + lines.findIndex((line) => line.slice(2).startsWith(`${id} `));
}

tmuxTest(
  title('a click chooses, a second one opens, the wheel scrolls, and nothing is left of it'),
  async () => {
    await using terminal = await TmuxTerminal.open(stage.folder);
    await terminal.run('toru top --mouse');
    await terminal.until(chosen(FIRST));
    await terminal.untilModes(({ hearsMouse }) => hearsMouse);
    await terminal.type(click(await rowOf(terminal, SECOND)));
    await terminal.until(chosen(SECOND));
    await terminal.type(WHEEL_DOWN.repeat(IDS.length));
    await terminal.until(chosen(LAST));
    // In parts, as a slow line may deliver it: none of it is a key.
    await terminal.type(WHEEL_UP.slice(0, 6));
    await terminal.type(WHEEL_UP.slice(6) + WHEEL_UP.repeat(IDS.length));
    await terminal.until(chosen(FIRST));
    const row = await rowOf(terminal, LAST);
    await terminal.type(click(row) + click(row));
    await terminal.until(new RegExp(`plugins > ${LAST}`));
    await terminal.type(click(10, 2));
    await terminal.until(chosen(LAST));
    await terminal.press('q');
    await terminal.untilPrompt();
    expect(await terminal.modes()).toMatchObject({ hearsMouse: false, isAlternate: false });
  },
);

tmuxTest(title('is off at first, on and off by a key, and off while the view is stopped'), async () => {
  await using terminal = await TmuxTerminal.open(stage.folder);
  await terminal.run('toru top');
  await terminal.until(chosen(FIRST));
  expect(await terminal.modes()).toMatchObject({ hearsMouse: false });
  await terminal.press('C-o');
  await terminal.until(/^ mouse on; Shift/m);
  await terminal.untilModes(({ hearsMouse }) => hearsMouse);
  await terminal.press('C-z');
  await terminal.untilModes(({ hearsMouse, isAlternate }) => !hearsMouse && !isAlternate);
  await terminal.run('fg');
  await terminal.untilModes(({ hearsMouse, isAlternate }) => hearsMouse && isAlternate);
  await terminal.press('C-o');
  await terminal.until(/^ mouse off/m);
  await terminal.untilModes(({ hearsMouse }) => !hearsMouse);
  await terminal.press('C-o');
  await terminal.untilModes(({ hearsMouse }) => hearsMouse);
  process.kill(await terminal.foreground(), 'SIGTERM');
  await terminal.untilModes(({ hearsMouse, isAlternate }) => !hearsMouse && !isAlternate);
});
