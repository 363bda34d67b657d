/** `toru top [NAME…]`, which is what `toru` alone shows on a terminal. */

import type { Command } from '../command.ts';
import { runLiveList } from '../live-list.ts';
import { list } from './list.ts';

export const top: Command = {
  ...list,
  verb: 'top',
  aliases: [],
  does: 'show the list and keep it up to date, until q or Ctrl-C; the same as toru alone on a terminal',
  examples: ['toru top', 'toru top --failed', 'toru top "web-*"'],
  run: runLiveList,
};
