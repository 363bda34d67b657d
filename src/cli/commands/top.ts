/** `toru top [NAME…]`, which is what `toru` alone shows on a terminal. */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorBody } from '../../protocol/errors.ts';
import type { Command } from '../command.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { isTerminalDescriptor } from '../output/screen.ts';
import { isPlainTerminal, runPlainWatch } from '../plain-watch.ts';
import type { Session } from '../session.ts';
import { list } from './list.ts';

const SCRIPT_HINT = 'for scripts there are "toru list", "toru events -f --json" and "toru wait"';

export const top: Command = {
  ...list,
  verb: 'top',
  aliases: [],
  options: [
    ...list.options,
    { name: 'record', value: 'FILE', does: 'write each command that is carried out to this shell script' },
    { name: 'mouse', does: 'use the mouse as well' },
  ],
  does: 'watch plugins, find out why and act, in the terminal; the same as toru alone on a terminal',
  examples: ['toru top', 'toru top --failed', 'toru top "web-*"', 'toru top --record night.sh'],
  run: runTop,
};

async function runTop(session: Session): Promise<Answer> {
  const missing = isTerminalDescriptor(1) ? 'standard input' : 'standard output';
  if (!isTerminalDescriptor(0) || !isTerminalDescriptor(1) || session.globals.isJson) {
    const why = session.globals.isJson ? 'has no JSON' : `needs a terminal; ${missing} is none`;
    return failed(errorBody('usage', `the live view ${why}`, { hint: SCRIPT_HINT }));
  }
  if (isPlainTerminal(process.env.TERM)) {
    if (session.value('record') === undefined) return runPlainWatch(session);
    return failed(
      errorBody('usage', '--record: on a plain terminal nothing can be done that could be recorded'),
    );
  }
  // Beside this file; a computed path, so that the bundler leaves it out of this bundle.
  const file = pathToFileURL(join(__dirname, 'toru-tui.mjs')).href;
  const tui = (await import(file)) as typeof import('../tui/main.ts');
  return tui.runTui(session, [process.execPath, join(__dirname, 'toru.cjs')]);
}
