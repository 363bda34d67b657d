/**
 * Prints the terminal UI's five views as text, taken from a real torud in tmux at 100 columns and 30 rows: npm run screens.
 * Needs what `npm run build` made, and tmux.
 */

import { basename } from 'node:path';
import { type Installed, install } from '../test/rig/dependent-plugins.ts';
import { PluginStage } from '../test/rig/plugin-stage.ts';
import { TmuxTerminal } from '../test/rig/tmux-terminal.ts';

const SIZE = { columns: 100, rows: 30 };
function talks(lines: readonly string[]): string {
  return ['#!/bin/sh', ...lines.map((line) => `echo '${line}'`), 'exec sleep infinity', ''].join('\n');
}

const CRASHES = `#!/bin/sh
echo 'connecting to crm (attempt 3)'
echo 'could not connect to crm: ECONNREFUSED' >&2
echo 'fatal: no backend, exiting' >&2
exit 7
`;

/** Three crashes at once, and then time to look at them. */
const SOON = '[restart]\ndelays_ms = [0, 0, 600000]\n';

const PLUGINS: Readonly<Record<string, Installed>> = {
  crm: {
    version: '2.3.1',
    script: talks([
      'listening on /run/crm.sock',
      'pool of 8 connections is ready',
      'GET /customers 200 in 12 ms',
    ]),
  },
  analytics: { version: '1.3.2', needs: ['crm@^2.0'], script: talks(['connected to crm']), dropIn: SOON },
  gateway: { needs: ['crm@^2.0'], script: talks(['serving 3 routes']) },
  web: { needs: ['gateway'], script: talks(['listening on 0.0.0.0:8080', 'GET / 200 in 3 ms']) },
  backup: {},
};

/** What is installed over the one that ran well. */
const NEXT_ANALYTICS: Installed = {
  version: '1.4.0',
  needs: ['crm@^2.0'],
  script: CRASHES,
  dropIn: SOON,
};

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

async function prepare(stage: PluginStage): Promise<void> {
  for (const [id, plugin] of Object.entries(PLUGINS)) await install(stage, id, plugin);
  await stage.rig.start();
  for (const id of ['crm', 'analytics', 'gateway', 'web']) await stage.act('start', id);
  await stage.act('enable', 'crm');
  await install(stage, 'analytics', NEXT_ANALYTICS);
  await stage.call('plugin.scan');
  await stage.act('restart', 'analytics', { block: false });
  await stage.until('analytics', (status) => status.state === 'backoff' && status.restarts >= 2);
}

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
  await prepare(stage);
  await using terminal = await TmuxTerminal.open(stage.folder, SIZE);
  return elsewhere(await shots(terminal), stage.folder);
}

// Nothing is left behind when nobody reads it.
process.stdout.write(await taken());
