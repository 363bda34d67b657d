/**
 * Prints the terminal UI's five views as text, taken from a real torud in tmux at 100 columns and 30 rows: npm run screens.
 * Needs what `npm run build` made, and tmux.
 */

import { basename } from 'node:path';
import { PluginStage } from '../test/rig/plugin-stage.ts';
import { TmuxTerminal } from '../test/rig/tmux-terminal.ts';
import { installPlugins, startPlugins } from './screen-plugins.mts';

const SIZE = { columns: 100, rows: 30 };
/** The plugin that the others are for. */
const FRONT = 'web';
const SHOWN_FOLDER = '/srv/toru';

/** With another folder's name; what stands right of it keeps its column. */
function elsewhere(text: string, folder: string): string {
  const gap = ' '.repeat(Math.max(0, folder.length - SHOWN_FOLDER.length));
  const short = `…/${basename(folder)}`;
  const rest = ' '.repeat(Math.max(0, short.length - SHOWN_FOLDER.length));
  return text
    .replaceAll(`· ${folder} `, `· ${SHOWN_FOLDER}${gap} `)
    .replaceAll(folder, SHOWN_FOLDER)
    .replace(new RegExp(`${short}(.*?)( {2,})`), `${SHOWN_FOLDER}$1$2${rest}`);
}

interface Shot {
  readonly name: string;
  /** Keys by tmux's names that lead there from the view before. */
  readonly keys: readonly string[];
  readonly shows: RegExp;
}

const SHOTS: readonly Shot[] = [
  { name: 'list', keys: [], shows: /^▸ analytics +B backoff/m },
  { name: 'detail', keys: ['Enter'], shows: /analytics[\s\S]*crm/ },
  { name: 'logs', keys: ['Escape', 'L'], shows: /GET \/customers/ },
  { name: 'crash', keys: ['Escape', 'c', 'Enter'], shows: /fatal: no backend, exiting/ },
  { name: 'events', keys: ['Escape', 'Escape', 'v'], shows: /crashed/ },
];

async function shots(terminal: TmuxTerminal): Promise<string> {
  let all = '';
  await terminal.run('toru');
  for (const { name, keys, shows } of SHOTS) {
    for (const key of keys) {
      await terminal.press(key);
      // A key after an escape would be one with Alt.
      await terminal.untilStill();
    }
    const screen = await terminal.until(shows);
    all += `### ${name}\n\n\`\`\`text\n${screen.trimEnd()}\n\`\`\`\n\n`;
  }
  await terminal.press('q');
  await terminal.untilPrompt();
  return all;
}

async function taken(): Promise<string> {
  await using stage = await PluginStage.make();
  await installPlugins(stage, FRONT);
  await stage.rig.start();
  await startPlugins(stage, FRONT);
  await using terminal = await TmuxTerminal.open(stage.folder, SIZE);
  return elsewhere(await shots(terminal), stage.folder);
}

// Nothing is left behind when nobody reads it.
process.stdout.write(await taken());
