/** Turns an entry of the plugin folder into what it says of itself, or into the reason why it is refused. */

import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { Refusal } from '../../protocol/control/plugins.ts';
import { MAX_METADATA_BYTES, type PluginMetadata } from '../../protocol/plugin/metadata.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { SettingLayer } from '../base/config-layer.ts';
import { distrustOf, distrustOfFolder } from '../base/file-trust.ts';
import { oneLine } from '../base/one-line.ts';
import { readSmallFile } from '../base/small-file.ts';
import { identityOf, linkStatsOf, statsOf } from './file-identity.ts';
import type { MetadataAnswers } from './metadata-answers.ts';
import { MAX_REASON_LENGTH, readMetadata } from './metadata-reader.ts';
import { NotedFiles } from './noted-files.ts';
import { type ProgramFinder, realPath } from './program-finder.ts';
import type { Dependency } from './settings.ts';

/** A plugin that has said what it is; its settings and its command are not looked at yet. */
export interface Candidate {
  /** Name of the entry in the plugin folder. */
  readonly name: string;
  readonly path: string;
  readonly folder: string;
  readonly metadata: PluginMetadata;
  readonly dependencies: readonly Dependency[];
  /** The author's defaults. */
  readonly layer: SettingLayer;
  readonly commandPlace: string;
  /** The program that was found by its name, for an entry without `command`; null: look for it in the folder. */
  readonly program: string | null;
  /** SHA-256 of the metadata document, hexadecimal. */
  readonly documentHash: string;
}

export interface LoaderOptions {
  readonly pluginFolder: string;
  readonly ownUid: number;
  readonly labelOf: (path: string) => string;
  readonly finder: ProgramFinder;
  readonly answers: MetadataAnswers;
}

type Loaded = Result<Candidate, Refusal>;

interface Kept {
  readonly noted: NotedFiles;
  readonly loaded: Loaded;
  /** The program that was run, if one was. */
  readonly asked: Asked | undefined;
}

interface Asked {
  readonly identity: string;
  /** `passing`: failed, and worth another try without being asked to. */
  readonly outcome: 'good' | 'failed' | 'passing';
}

/** What a look at an entry goes through, from step to step. */
interface Look {
  readonly name: string;
  readonly path: string;
  readonly noted: NotedFiles;
  readonly wantsRetry: boolean;
  asked: Asked | undefined;
}

export class EntryLoader {
  readonly #options: LoaderOptions;
  #kept = new Map<string, Kept>();

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /**
   * Never rejects for what is in the folder. The same object comes back while nothing of it was changed on disk.
   * @param wantsRetry run a program again that gave no good answer before
   */
  async load(name: string, wantsRetry: boolean): Promise<Loaded> {
    const kept = this.#kept.get(name);
    const outcome = kept?.asked?.outcome ?? 'good';
    const isFinal = outcome === 'good' || (outcome === 'failed' && !wantsRetry);
    if (kept !== undefined && isFinal && kept.noted.areUnchanged()) return kept.loaded;
    const path = join(this.#options.pluginFolder, name);
    const look: Look = { name, path, noted: new NotedFiles(), wantsRetry, asked: undefined };
    const loaded = await this.#look(look);
    this.#kept.set(name, { noted: look.noted, loaded, asked: look.asked });
    return loaded;
  }

  /** Forgets entries that are gone. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#kept.keys()) if (!names.has(name)) this.#kept.delete(name);
    const identities = [...this.#kept.values()].map((kept) => kept.asked?.identity ?? '');
    this.#options.answers.keepOnly(new Set(identities));
  }

  async #look(look: Look): Promise<Loaded> {
    const { ownUid } = this.#options;
    look.noted.note(look.path);
    const link = linkStatsOf(look.path);
    if (link === undefined) return this.#refuse(look, `${this.#label(look.path)} cannot be looked at`);
    const linkDistrust = link.isSymbolicLink() ? distrustOf(link, ownUid) : undefined;
    if (linkDistrust !== undefined) return this.#refuse(look, `${this.#label(look.path)} ${linkDistrust}`);
    const real = link.isSymbolicLink() ? realPath(look.path) : success(look.path);
    const stats = real.ok ? statsOf(real.value) : undefined;
    if (!real.ok || stats === undefined)
      return this.#refuse(look, `${this.#label(look.path)} is a symbolic link that leads nowhere`);
    if (stats.isDirectory()) {
      const distrust = distrustOf(stats, ownUid);
      return distrust === undefined
        ? this.#lookInFolder(look, real.value)
        : this.#refuse(look, `${this.#label(look.path)} ${distrust}`);
    }
    if (!stats.isFile())
      return this.#refuse(look, `${this.#label(look.path)} is neither a folder nor a regular file`);
    return this.#lookAtFile(look, real.value);
  }

  async #lookInFolder(look: Look, folder: string): Promise<Loaded> {
    const manifest = join(folder, 'plugin.json');
    look.noted.note(manifest);
    const read = readSmallFile(manifest, MAX_METADATA_BYTES);
    if (read.ok) {
      const distrust = distrustOf(read.value.stats, this.#options.ownUid);
      const label = this.#label(join(look.path, 'plugin.json'));
      if (distrust !== undefined) return this.#refuse(look, `${label} ${distrust}`);
      return this.#candidate(look, read.value.bytes, manifest, label, folder, null);
    }
    if (read.failure.errno !== 'ENOENT')
      return this.#refuse(look, `${this.#label(join(look.path, 'plugin.json'))} ${read.failure.reason}`);
    const program = this.#options.finder.inFolder(folder, [look.name, basename(folder)], look.noted);
    return program.ok ? this.#ask(look, program.value, folder) : this.#refuse(look, program.failure);
  }

  async #lookAtFile(look: Look, file: string): Promise<Loaded> {
    const folder = dirname(file);
    look.noted.note(file);
    const folderStats = statsOf(folder);
    const distrust =
      folderStats === undefined ? undefined : distrustOfFolder(folderStats, this.#options.ownUid);
    if (distrust !== undefined) return this.#refuse(look, `${this.#label(folder)} ${distrust}`);
    const program = this.#options.finder.checked(file, folder, look.noted);
    return program.ok ? this.#ask(look, program.value, folder) : this.#refuse(look, program.failure);
  }

  async #ask(look: Look, program: string, folder: string): Promise<Loaded> {
    const label = `${this.#label(program)} --metadata`;
    const real = realPath(program);
    const stats = real.ok ? statsOf(real.value) : undefined;
    if (!real.ok || stats === undefined) return this.#refuse(look, `${this.#label(program)} has gone`);
    const identity = identityOf(stats);
    const answer = await this.#options.answers.ask(real.value, identity, look.wantsRetry);
    const outcome = answer.ok ? 'good' : answer.failure.isPassing ? 'passing' : 'failed';
    look.asked = { identity, outcome };
    if (!answer.ok) return this.#refuse(look, `${label} ${answer.failure.reason}`);
    return this.#candidate(look, answer.value, program, label, folder, program);
  }

  #candidate(
    look: Look,
    document: Buffer,
    file: string,
    label: string,
    folder: string,
    program: string | null,
  ): Loaded {
    const read = readMetadata(document, file, label);
    if (!read.ok) return this.#refuse(look, read.failure.reason, read.failure.id);
    const documentHash = createHash('sha256').update(document).digest('hex');
    return success({ name: look.name, path: look.path, folder, program, documentHash, ...read.value });
  }

  #refuse(look: Look, reason: string, id: string = look.name): Loaded {
    return failure({ id, path: look.path, reason: oneLine(reason, MAX_REASON_LENGTH) });
  }

  #label(path: string): string {
    return this.#options.labelOf(path);
  }
}
