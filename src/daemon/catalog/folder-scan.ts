/** One look at the plugin folder: every entry loaded, ids sorted out, settings and commands worked out. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Refusal } from '../../protocol/control/plugins.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { Clock } from '../base/clock.ts';
import type { SettingLayer } from '../base/config-layer.ts';
import { distrustOfFolder } from '../base/file-trust.ts';
import { oneLine } from '../base/one-line.ts';
import { shortError } from '../base/small-file.ts';
import { labelBeside } from '../base/toml-document.ts';
import type { SettingsProblem } from '../base/toml-problem.ts';
import type { DropIn } from './drop-ins.ts';
import { EntryBuilder } from './entry-builder.ts';
import { type Candidate, EntryLoader } from './entry-loader.ts';
import { statsOf } from './file-identity.ts';
import { MetadataAnswers } from './metadata-answers.ts';
import { MAX_REASON_LENGTH } from './metadata-reader.ts';
import { ProgramFinder } from './program-finder.ts';
import { ProgramHashes } from './program-hashes.ts';
import type { CatalogContent } from './scan-compare.ts';
import type { CatalogEntry } from './settings.ts';

export interface FolderScanOptions {
  readonly pluginFolder: string;
  /** Where the sockets of plugins are made. */
  readonly socketFolder: string;
  readonly searchPath: string;
  readonly ownUid: number;
  readonly clock: Clock;
}

/** Drop-ins by id, or why none could be read: then every plugin is refused for that reason. */
export type DropInsRead = ReadonlyMap<string, DropIn> | SettingsProblem;

/** Hidden ones, and what editors and `mv` into place leave for a moment. */
const IGNORED_NAME = /^\.|(?:~|\.tmp|\.new|\.old)$/;

/** True for what the catalogue leaves alone in the plugin folder. */
export function isIgnoredName(name: string): boolean {
  return IGNORED_NAME.test(name);
}

/** Entries that are looked at before others get their turn on the event loop. */
const ENTRIES_A_TURN = 50;

export class FolderScan {
  readonly #options: FolderScanOptions;
  readonly #loader: EntryLoader;
  readonly #builder: EntryBuilder;
  /** What the last look found, before ids and settings were looked at. */
  #loaded: readonly Result<Candidate, Refusal>[] = [];

  constructor(options: FolderScanOptions) {
    const { pluginFolder, ownUid, searchPath, clock } = options;
    this.#options = options;
    const labelOf = (path: string): string => labelBeside(pluginFolder, path);
    const finder = new ProgramFinder({ ownUid, searchPath, labelOf });
    const answers = new MetadataAnswers(clock, ownUid, searchPath);
    this.#loader = new EntryLoader({ pluginFolder, ownUid, labelOf, finder, answers });
    this.#builder = new EntryBuilder(finder, new ProgramHashes(), options.socketFolder);
  }

  /** Names of the entries that count, sorted. Failure: why the folder cannot be read. */
  names(): Result<readonly string[], string> {
    try {
      const names = readdirSync(this.#options.pluginFolder);
      return success(names.filter((name) => !IGNORED_NAME.test(name)).sort());
    } catch (thrown) {
      return failure(shortError(thrown));
    }
  }

  /** @param before who has an id already keeps it */
  async look(
    names: readonly string[],
    defaults: SettingLayer,
    dropIns: DropInsRead,
    before: CatalogContent,
    wantsRetry: boolean,
  ): Promise<CatalogContent> {
    const known = new Set(names);
    this.#loader.keepOnly(known);
    this.#builder.keepOnly(known);
    const distrust = this.#folderDistrust();
    this.#loaded = await inTurns(names, async (name): Promise<Result<Candidate, Refusal>> => {
      if (distrust === undefined) return this.#loader.load(name, wantsRetry);
      return failure({ id: name, path: join(this.#options.pluginFolder, name), reason: distrust });
    });
    return this.again(defaults, dropIns, before);
  }

  /** The same plugins as at the last look, with other settings. */
  async again(defaults: SettingLayer, dropIns: DropInsRead, before: CatalogContent): Promise<CatalogContent> {
    const { candidates, refusals } = this.#sortOutIds(before);
    const built = await inTurns(candidates, (candidate) => this.#build(candidate, defaults, dropIns));
    const entries: CatalogEntry[] = [];
    for (const result of built) {
      if (result.ok) entries.push(result.value);
      else refusals.push(result.failure);
    }
    entries.sort((one, other) => (one.id < other.id ? -1 : 1));
    refusals.sort((one, other) => (one.path < other.path ? -1 : 1));
    return { entries: new Map(entries.map((entry) => [entry.id, entry])), refusals };
  }

  async #build(
    candidate: Candidate,
    defaults: SettingLayer,
    dropIns: DropInsRead,
  ): Promise<Result<CatalogEntry, Refusal>> {
    const { id } = candidate.metadata;
    const dropIn = 'message' in dropIns ? failure([dropIns]) : dropIns.get(id);
    if (dropIn === undefined || dropIn.ok)
      return this.#builder.build({ candidate, defaults, dropIn: dropIn?.value });
    const [first] = dropIn.failure;
    const reason = oneLine(first?.message ?? 'its drop-in is wrong', MAX_REASON_LENGTH);
    return failure({ id, path: candidate.path, reason });
  }

  /** Each id goes to one: to who has it already, else to the first by name. */
  #sortOutIds(before: CatalogContent): {
    readonly candidates: readonly Candidate[];
    readonly refusals: Refusal[];
  } {
    const refusals: Refusal[] = [];
    const owners = new Map<string, Candidate>();
    const found = this.#loaded.flatMap((loaded) => (loaded.ok ? [loaded.value] : []));
    for (const loaded of this.#loaded) if (!loaded.ok) refusals.push(loaded.failure);
    for (const candidate of found) {
      const { id } = candidate.metadata;
      const isKnown = before.entries.get(id)?.path === candidate.path;
      if (isKnown || !owners.has(id)) owners.set(id, candidate);
    }
    for (const candidate of found) {
      const owner = owners.get(candidate.metadata.id);
      if (owner !== undefined && owner !== candidate) refusals.push(this.#duplicate(candidate, owner));
    }
    return { candidates: [...owners.values()], refusals };
  }

  #duplicate(candidate: Candidate, owner: Candidate): Refusal {
    const { id } = candidate.metadata;
    const [own, other] = [candidate.path, owner.path].map((path) =>
      labelBeside(this.#options.pluginFolder, path),
    );
    const reason = `${own}: the id "${id}" is already that of ${other}; an id is there once`;
    return { id, path: candidate.path, reason: oneLine(reason, MAX_REASON_LENGTH) };
  }

  #folderDistrust(): string | undefined {
    const { pluginFolder, ownUid } = this.#options;
    const stats = statsOf(pluginFolder);
    const distrust = stats === undefined ? undefined : distrustOfFolder(stats, ownUid);
    return distrust === undefined ? undefined : oneLine(`${pluginFolder} ${distrust}`, MAX_REASON_LENGTH);
  }
}

/** All at once, but begun in portions, so that a large folder does not hold up everything else. */
async function inTurns<Item, Made>(
  items: readonly Item[],
  make: (item: Item) => Promise<Made>,
): Promise<readonly Made[]> {
  const making: Promise<Made>[] = [];
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % ENTRIES_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    making.push(make(item));
  }
  return Promise.all(making);
}
