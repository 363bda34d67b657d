/** torud: the program. */

import { join } from 'node:path';
import { resolvePaths } from '../protocol/paths.ts';
import { messageOf } from '../protocol/result.ts';
import { VERSION } from '../protocol/version.ts';
import { loadConfig } from './base/config.ts';
import { checkDropIns } from './catalog/check-drop-ins.ts';
import { type DaemonOptions, HELP, parseCommandLine } from './command-line.ts';
import { composeDaemon } from './compose.ts';
import type { Daemon } from './daemon.ts';
import { detach, reportStart } from './detach.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INVALID = 6;

void main();

async function main(): Promise<void> {
  const parsed = parseCommandLine(process.argv.slice(2));
  if (!parsed.ok) {
    process.stderr.write(`torud: ${parsed.failure}; see torud --help\n`);
    process.exit(EXIT_USAGE);
  }
  const options = parsed.value;
  if (options.wants === 'help') process.stdout.write(HELP);
  else if (options.wants === 'version') process.stdout.write(`torud ${VERSION}\n`);
  else if (options.isDetached) process.exit(await detach(__filename, process.argv.slice(2)));
  else await run(options);
}

async function run(options: DaemonOptions): Promise<void> {
  process.umask(0o022);
  process.title = 'torud';
  const paths = resolvePaths({
    root: options.root,
    isSystem: options.isSystem,
    uid: process.getuid?.() ?? 0,
    env: process.env,
  });
  const config = await loadConfig(paths.configFile);
  if (!config.ok) return leave(EXIT_INVALID, config.failure.message);
  if (options.isCheck) return leave(...checkDropIns(paths.dropInFolder));
  const daemon = composeDaemon({
    paths,
    config: config.value,
    shimFile: join(__dirname, 'native', 'toru-shim'),
    echo: options.isQuiet || process.env.TORU_REPORT_FD !== undefined ? undefined : process.stderr,
  });
  takeSignals(daemon);
  const started = await daemon.start();
  if (!started.ok) return leave(EXIT_FAILED, started.failure);
  reportStart(undefined);
  process.exit(await daemon.ended);
}

function leave(exitCode: number, problem: string | undefined): void {
  if (problem !== undefined) reportStart(problem);
  process.exit(exitCode);
}

function takeSignals(daemon: Daemon): void {
  process.on('SIGTERM', () => void daemon.end(0));
  process.on('SIGINT', () => void daemon.end(0));
  process.on('SIGHUP', () => void daemon.reload());
  process.on('SIGUSR1', () => daemon.reopenLogs());
  // A reader of our stderr that has gone is no reason to go as well.
  process.stderr.on('error', () => undefined);
  const onBug = (thrown: unknown): void => {
    daemon.noteCrash(thrown);
    process.stderr.write(
      `torud: a bug ended it: ${messageOf(thrown)}; plugin-supervisor.log has the details\n`,
    );
    process.exit(EXIT_FAILED);
  };
  process.on('uncaughtException', onBug);
  process.on('unhandledRejection', onBug);
}
