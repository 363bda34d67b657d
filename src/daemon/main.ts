/** torud: the program. */

import { join } from 'node:path';
import { resolvePaths } from '../protocol/paths.ts';
import { VERSION } from '../protocol/version.ts';
import { loadConfig } from './base/config.ts';
import { checkDropIns } from './catalog/check-drop-ins.ts';
import { type DaemonOptions, HELP, parseCommandLine } from './command-line.ts';
import { composeDaemon, type DaemonInputs } from './compose.ts';
import { detach, reportStart } from './detach.ts';
import type { ServiceNotifier } from './service/service-notifier.ts';
import { SignalDesk } from './signal-desk.ts';
import { type Inheritance, takeHandover } from './upgrade/handover.ts';
import { reapInheritedChildren } from './upgrade/inherited-children.ts';
import { installedProgram } from './upgrade/installed-version.ts';
import { loadKernelCalls } from './upgrade/kernel-calls.ts';
import { replaceImage } from './upgrade/replace-image.ts';
import { startProblem } from './upgrade/start-check.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INVALID = 6;

/** As it was named: a link on the way may lead to another version by the time of an upgrade. */
const SCRIPT = process.argv[1] ?? __filename;

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
  else if (options.isDetached) process.exit(await detach(SCRIPT, process.argv.slice(2)));
  else await run(options);
}

async function run(options: DaemonOptions): Promise<void> {
  process.umask(0o022);
  process.title = 'torud';
  const signals = new SignalDesk(() => process.exit(EXIT_FAILED));
  const paths = resolvePaths({
    root: options.root,
    isSystem: options.isSystem,
    uid: process.getuid?.() ?? 0,
    env: process.env,
  });
  const shimFile = join(__dirname, 'native', process.arch, 'toru-shim');
  const config = await loadConfig(paths.configFile);
  if (!config.ok) return leave(EXIT_INVALID, config.failure.message);
  if (options.isCheck) return leave(...checkDropIns(paths.dropInFolder));
  if (options.isUpgradeCheck) {
    const problem = startProblem(paths, shimFile);
    if (problem === undefined) process.stdout.write(`torud ${VERSION}\n`);
    return leave(problem === undefined ? 0 : EXIT_FAILED, problem);
  }
  const calls = await loadKernelCalls();
  await serve(signals, {
    paths,
    config: config.value,
    shimFile,
    echo: options.isQuiet || process.env.TORU_REPORT_FD !== undefined ? undefined : process.stderr,
    installed: installedProgram(SCRIPT, process.argv.slice(2)),
    calls: calls.ok ? calls.value : undefined,
  });
}

/** Serves until torud ends, or until another version has taken its place; when that fails, anew. */
async function serve(
  signals: SignalDesk,
  inputs: Omit<DaemonInputs, 'inheritance' | 'service'>,
): Promise<void> {
  const left = takeHandover(process.env);
  if (left !== undefined && inputs.calls !== undefined) {
    reapInheritedChildren(inputs.calls, () => signals.daemon?.checkShims());
  }
  let inheritance: Inheritance | undefined = left === undefined ? undefined : { handover: left };
  for (;;) {
    const service = await findService();
    const daemon = composeDaemon({ ...inputs, inheritance, service });
    signals.daemon = daemon;
    const started = await daemon.start();
    if (!started.ok) return leave(EXIT_FAILED, started.failure);
    reportStart(undefined);
    if (signals.wasAskedToEnd) void daemon.end(0);
    const end = await daemon.ended;
    if (end.kind === 'exit') process.exit(end.exitCode);
    service?.leave(process.env);
    const reason = replaceImage(inputs.installed, end.handover, inputs.calls);
    inheritance = { handover: end.handover, failure: { reason, since: daemon.since } };
  }
}

/** Nothing of it is loaded when no service manager started us. */
async function findService(): Promise<ServiceNotifier | undefined> {
  if (process.env.NOTIFY_SOCKET === undefined) return undefined;
  const { openService } = await import('./service/open-service.ts');
  return openService(process.env);
}

function leave(exitCode: number, problem: string | undefined): void {
  if (problem !== undefined) reportStart(problem);
  process.exit(exitCode);
}
