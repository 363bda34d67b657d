/** What a verb is given: its words, the checked global options, the way to the daemon, the screen. */

import { resolve } from 'node:path';
import { SteadyClient } from '../client/steady-client.ts';
import type { Selection } from '../protocol/control/plugins.ts';
import { resolvePaths } from '../protocol/paths.ts';
import type { RawOptions } from './command.ts';
import type { Globals } from './globals.ts';
import type { Screen } from './output/screen.ts';

export class Session {
  readonly #client: SteadyClient;

  constructor(
    readonly operands: readonly string[],
    readonly options: RawOptions,
    readonly globals: Globals,
    readonly screen: Screen,
    readonly socketPath: string,
  ) {
    this.#client = new SteadyClient(socketPath);
  }

  /** The same on a connection of its own, without notes on standard error. */
  quietly(): Session {
    const globals = { ...this.globals, isQuiet: true };
    return new Session(this.operands, this.options, globals, this.screen, this.socketPath);
  }

  /** Connects at its first request. */
  get client(): SteadyClient {
    return this.#client;
  }

  /** For names as operands. */
  get selection(): Selection {
    return {
      ...(this.operands.length > 0 ? { names: this.operands } : {}),
      ...(this.globals.isAll ? { all: true } : {}),
      ...(this.globals.allowNone ? { allowNone: true } : {}),
    };
  }

  /** True when the switch was given. */
  has(option: string): boolean {
    return this.options[option] === true;
  }

  /** The value of an option, or undefined. */
  value(option: string): string | undefined {
    const value = this.options[option];
    return typeof value === 'string' ? value : undefined;
  }

  /** All values of a repeatable option; words separated by commas count as several. */
  values(option: string): readonly string[] {
    return this.occurrences(option).flatMap((value) => value.split(',').filter((part) => part !== ''));
  }

  /** All values of a repeatable option, as they were typed. */
  occurrences(option: string): readonly string[] {
    const value = this.options[option];
    return Array.isArray(value) ? value : [];
  }
}

/** Where the control socket is, for these options and this environment. */
export function controlSocketPath(globals: Globals): string {
  const inputs = { isSystem: globals.isSystem, uid: process.getuid?.() ?? 0, env: process.env };
  const paths = resolvePaths(
    globals.root === undefined ? inputs : { ...inputs, root: resolve(globals.root) },
  );
  return paths.controlSocket;
}
