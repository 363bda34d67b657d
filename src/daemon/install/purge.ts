/** All that torud keeps of a plugin beside its files: where it is, and how it goes. */

import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Paths } from '../../protocol/paths.ts';
import { errnoOf, failure, type Result, success } from '../../protocol/result.ts';
import type { AskedChange } from '../catalog/asked-change.ts';
import { isId } from './installed-entry.ts';
import { systemWords } from './unpack-failure.ts';

/** What the state database has of it. */
export interface PurgeRows {
  /** True when there is a row about it. */
  has(id: string): boolean;
  /** Removes everything of it, and notes that and who asked for it. Failure: one line. */
  clear(id: string, change: AskedChange): Result<void, string>;
}

export interface KeptVersions {
  hasKept(id: string): boolean;
  forgetKept(id: string): Promise<boolean>;
}

export class Purge {
  readonly #paths: Paths;
  readonly #rows: PurgeRows;
  readonly #kept: KeptVersions;

  constructor(paths: Paths, rows: PurgeRows, kept: KeptVersions) {
    this.#paths = paths;
    this.#rows = rows;
    this.#kept = kept;
  }

  /** True when anything is kept of a plugin of this id. */
  hasTraces(id: string): boolean {
    if (!isId(id)) return false;
    return this.#rows.has(id) || this.#kept.hasKept(id) || this.#files(id).some((path) => existsSync(path));
  }

  /** Removes all of it; the plugin must not run. Failure: one line, and what could be removed is gone. */
  async purge(id: string, change: AskedChange): Promise<Result<void, string>> {
    if (!isId(id)) return success(undefined);
    try {
      await this.#kept.forgetKept(id);
      for (const path of this.#files(id)) await rm(path, { recursive: true, force: true });
    } catch (thrown) {
      const words = systemWords(thrown);
      if (words === undefined) throw thrown;
      return failure(`not everything of it could be removed: ${words}`);
    }
    return this.#rows.clear(id, change);
  }

  #files(id: string): readonly string[] {
    const { dataFolder, dropInFolder, pluginLogFolder } = this.#paths;
    return [join(dataFolder, id), join(dropInFolder, `${id}.toml`), ...logsOf(pluginLogFolder, id)];
  }
}

/** ID.log and what rotation made of it. */
function logsOf(folder: string, id: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return [];
  }
  const log = `${id}.log`;
  return names
    .filter((name) => name === log || (name.startsWith(`${log}.`) && /^\d+/.test(name.slice(log.length + 1))))
    .map((name) => join(folder, name));
}
