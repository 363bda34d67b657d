/** torud's own command line. */

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { failure, messageOf, type Result, success } from '../protocol/result.ts';

export interface DaemonOptions {
  readonly root: string | undefined;
  readonly isSystem: boolean;
  /** Go to the background once the control socket is served. */
  readonly isDetached: boolean;
  /** Only say whether the settings are valid. */
  readonly isCheck: boolean;
  /** Only say whether this version would start in the place of one that serves; the option is not in the help. */
  readonly isUpgradeCheck: boolean;
  readonly isQuiet: boolean;
  readonly wants: 'run' | 'help' | 'version';
}

export const HELP = `Usage: torud [OPTION…]

Supervises plugins. Runs in the foreground unless --detach is given; speaks to toru over its control socket.

  --root DIR   keep everything under DIR (tests, demos, many instances); also TORU_ROOT
  --system     use the system's folders, whoever starts it (root does so by itself)
  --detach     go to the background once the control socket is served; exit 0 then
  --check      only check torud.toml and the drop-ins, start nothing
  --quiet      in the foreground, do not repeat the log on stderr
  --version    print the version
  --help       print this

Signals: TERM and INT stop the plugins, then torud. HUP reads the settings again. USR1 reopens the logs.
USR2 replaces torud by the installed version, with every plugin running (toru daemon upgrade).
KILL stops nothing but torud: the plugins go on, and the next torud takes them over.

Exit status: 0 ended as asked · 1 failed · 2 usage · 6 torud.toml or a drop-in is not valid
`;

export function parseCommandLine(args: readonly string[]): Result<DaemonOptions, string> {
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      options: {
        root: { type: 'string' },
        system: { type: 'boolean', default: false },
        detach: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        'check-upgrade': { type: 'boolean', default: false },
        quiet: { type: 'boolean', short: 'q', default: false },
        version: { type: 'boolean', short: 'V', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.root === '') return failure('--root needs a folder');
    return success({
      root: values.root === undefined ? undefined : resolve(values.root),
      isSystem: values.system,
      isDetached: values.detach,
      isCheck: values.check,
      isUpgradeCheck: values['check-upgrade'],
      isQuiet: values.quiet,
      wants: values.help ? 'help' : values.version ? 'version' : 'run',
    });
  } catch (thrown) {
    const [reason] = messageOf(thrown).split('. ');
    return failure(reason ?? 'bad option');
  }
}
