/**
 * Start of `toru`: the fast path. Common verbs in their plain forms are parsed and run with what is in this bundle; all
 * else is done by the full bundle, which is loaded only then.
 */

import { join } from 'node:path';
import { messageOf } from '../protocol/result.ts';
import { disable } from './commands/disable.ts';
import { enable } from './commands/enable.ts';
import { isActive } from './commands/is-active.ts';
import { isEnabled } from './commands/is-enabled.ts';
import { isFailed } from './commands/is-failed.ts';
import { list } from './commands/list.ts';
import { resetFailed } from './commands/reset-failed.ts';
import { restart } from './commands/restart.ts';
import { show } from './commands/show.ts';
import { start } from './commands/start.ts';
import { status } from './commands/status.ts';
import { stop } from './commands/stop.ts';
import { tryRestart } from './commands/try-restart.ts';
import { why } from './commands/why.ts';
import { loadFull } from './full-bundle.ts';
import { parsePlainArguments } from './plain-arguments.ts';
import { runCommand } from './run-command.ts';

const FAST_COMMANDS = [
  list,
  status,
  isActive,
  isEnabled,
  isFailed,
  start,
  stop,
  restart,
  tryRestart,
  enable,
  disable,
  resetFailed,
  show,
  why,
];

const SIGINT_EXIT = 130;

function main(): Promise<number> {
  const words = process.argv.slice(2);
  const invocation = parsePlainArguments(words, FAST_COMMANDS);
  if (invocation !== undefined) return runCommand(invocation);
  // Beside this file; computed paths, so that the bundler leaves them out of this bundle.
  if (words[0] === '__complete') {
    const completion = join(__dirname, 'toru-complete.cjs');
    return (require(completion) as typeof import('./completion/answer.ts')).main(words.slice(1));
  }
  return loadFull().main(words);
}

process.on('SIGINT', () => process.exit(SIGINT_EXIT));

main().then(
  (exitCode) => process.exit(exitCode),
  (thrown: unknown) => {
    process.stderr.write(`toru: ${messageOf(thrown)}; this is a bug in toru\n`);
    process.exit(1);
  },
);
