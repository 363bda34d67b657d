/** plugins.d/ID.toml: an admin's settings for one plugin. */

import { readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { PLUGIN_ID_PATTERN } from '../../protocol/plugin/metadata.ts';
import { errnoOf, failure, messageOf, type Result, success } from '../../protocol/result.ts';
import { readLayer, type SettingLayer } from '../base/config-layer.ts';
import { labelBeside, readTomlFile } from '../base/toml-document.ts';
import { problemOnLine, type SettingsProblem } from '../base/toml-problem.ts';
import { identityOf } from './file-identity.ts';

export type DropIn = Result<SettingLayer, readonly SettingsProblem[]>;

interface CachedDropIn {
  readonly identity: string;
  readonly dropIn: DropIn;
}

const ENDING = '.toml';

/** Drop-ins by plugin id. A file that did not change is not read again, and its layer stays the same object. */
export class DropIns {
  readonly #folder: string;
  readonly #ownUid: number;
  #cached: ReadonlyMap<string, CachedDropIn> = new Map();

  constructor(folder: string, ownUid: number) {
    this.#folder = folder;
    this.#ownUid = ownUid;
  }

  /** Reads the folder again; an absent one has no drop-ins. Failure: the folder cannot be read. */
  read(): Result<ReadonlyMap<string, DropIn>, SettingsProblem> {
    let names: string[];
    try {
      names = readdirSync(this.#folder);
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ENOENT') {
        const place = { file: this.#folder, label: labelBeside(this.#folder, this.#folder) };
        return failure(problemOnLine(place, null, `cannot be read: ${messageOf(thrown)}`));
      }
      names = [];
    }
    const next = new Map<string, CachedDropIn>();
    for (const name of names.sort()) {
      const id = name.endsWith(ENDING) ? name.slice(0, -ENDING.length) : '';
      if (!PLUGIN_ID_PATTERN.test(id)) continue;
      const read = this.#readOne(id, join(this.#folder, name));
      if (read !== undefined) next.set(id, read);
    }
    this.#cached = next;
    return success(new Map([...next].map(([id, { dropIn }]) => [id, dropIn])));
  }

  #readOne(id: string, file: string): CachedDropIn | undefined {
    let stats: Stats | undefined;
    try {
      stats = statSync(file, { throwIfNoEntry: false });
    } catch (thrown) {
      const problem = problemOnLine(
        { file, label: labelBeside(this.#folder, file) },
        null,
        messageOf(thrown),
      );
      return { identity: '', dropIn: failure([problem]) };
    }
    if (stats === undefined) return undefined;
    const identity = identityOf(stats);
    const cached = this.#cached.get(id);
    if (cached !== undefined && cached.identity === identity) return cached;
    const dropIn = this.#parse(file);
    return dropIn === undefined ? undefined : { identity, dropIn };
  }

  /** undefined: it has gone meanwhile. */
  #parse(file: string): DropIn | undefined {
    const read = readTomlFile(file, labelBeside(this.#folder, file), this.#ownUid);
    if (!read.ok) return failure([read.failure]);
    if (read.value === undefined) return undefined;
    const { layer, problems } = readLayer(read.value.values, read.value.text, 'drop-in', file);
    return problems.length > 0 ? failure(problems) : success(layer);
  }
}
