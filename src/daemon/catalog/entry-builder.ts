/** Makes the catalogue's entry of a candidate: its settings, its checked command, its digest. */

import { join } from 'node:path';
import type { Refusal, SettingOrigin } from '../../protocol/control/plugins.ts';
import { MAX_SOCKET_PATH_BYTES } from '../../protocol/paths.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { SettingLayer } from '../base/config-layer.ts';
import { oneLine } from '../base/one-line.ts';
import { effectiveSettings } from './effective-settings.ts';
import type { Candidate } from './entry-loader.ts';
import { MAX_REASON_LENGTH } from './metadata-reader.ts';
import { NotedFiles } from './noted-files.ts';
import type { ProgramFinder } from './program-finder.ts';
import type { ProgramHashes } from './program-hashes.ts';
import type { CatalogEntry } from './settings.ts';

type Built = Result<CatalogEntry, Refusal>;

/** What an entry was made from. */
interface Sources {
  readonly candidate: Candidate;
  readonly defaults: SettingLayer;
  readonly dropIn: SettingLayer | undefined;
}

interface Kept extends Sources {
  readonly noted: NotedFiles;
  readonly built: Built;
}

export class EntryBuilder {
  readonly #finder: ProgramFinder;
  readonly #hashes: ProgramHashes;
  readonly #socketFolder: string;
  readonly #kept = new Map<string, Kept>();

  constructor(finder: ProgramFinder, hashes: ProgramHashes, socketFolder: string) {
    this.#finder = finder;
    this.#hashes = hashes;
    this.#socketFolder = socketFolder;
  }

  /** The same object comes back while its sources are the same objects and no file of it was changed. */
  async build(sources: Sources): Promise<Built> {
    const { name } = sources.candidate;
    const kept = this.#kept.get(name);
    const isSame =
      kept?.candidate === sources.candidate &&
      kept.defaults === sources.defaults &&
      kept.dropIn === sources.dropIn;
    if (isSame && kept.noted.areUnchanged()) return kept.built;
    const noted = new NotedFiles();
    const built = await this.#make(sources, noted);
    this.#kept.set(name, { ...sources, noted, built });
    return built;
  }

  /** Forgets entries that are gone. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#kept.keys()) if (!names.has(name)) this.#kept.delete(name);
  }

  async #make({ candidate, defaults, dropIn }: Sources, noted: NotedFiles): Promise<Built> {
    const { metadata, folder } = candidate;
    const socket = join(this.#socketFolder, `${metadata.id}.sock`);
    const socketBytes = Buffer.byteLength(socket);
    if (metadata.transport !== 'none' && socketBytes > MAX_SOCKET_PATH_BYTES)
      return refuse(
        candidate,
        `its socket path ${oneLine(socket, 200)} is ${socketBytes} bytes long, and the kernel takes ${MAX_SOCKET_PATH_BYTES}; shorten the id`,
      );
    const command = this.#command(candidate, dropIn, noted);
    if (!command.ok) return refuse(candidate, command.failure);
    const [program = ''] = command.value.words;
    const layers = [candidate.layer, defaults, ...(dropIn === undefined ? [] : [dropIn])];
    const { settings, origins } = effectiveSettings(layers);
    const commandOrigin: SettingOrigin = {
      key: 'command',
      value: command.value.words,
      source: command.value.source,
    };
    return success({
      id: metadata.id,
      path: candidate.path,
      folder,
      metadata,
      command: command.value.words,
      digest: await this.#hashes.digest(candidate.documentHash, program),
      dependencies: candidate.dependencies,
      settings,
      origins: [commandOrigin, ...origins],
    });
  }

  #command(
    candidate: Candidate,
    dropIn: SettingLayer | undefined,
    noted: NotedFiles,
  ): Result<{ readonly words: readonly string[]; readonly source: string }, string> {
    const isDropIn = dropIn !== undefined && dropIn.command !== null;
    const words = isDropIn ? (dropIn.command ?? []) : candidate.metadata.command;
    const place = isDropIn ? dropIn.commandPlace : candidate.commandPlace;
    const [first, ...rest] = words;
    if (first === undefined) {
      const found =
        candidate.program === null
          ? this.#finder.inFolder(candidate.folder, folderNames(candidate), noted)
          : this.#finder.checked(candidate.program, candidate.folder, noted);
      return found.ok ? success({ words: [found.value], source: 'built-in' }) : found;
    }
    const found = this.#finder.ofCommand(first, candidate.folder, place, noted);
    if (!found.ok) return found;
    return success({ words: [found.value, ...rest], source: isDropIn ? dropIn.source : 'manifest' });
  }
}

function folderNames(candidate: Candidate): readonly string[] {
  return [candidate.name, candidate.folder.slice(candidate.folder.lastIndexOf('/') + 1)];
}

function refuse(candidate: Candidate, reason: string): Built {
  return failure({
    id: candidate.metadata.id,
    path: candidate.path,
    reason: oneLine(reason, MAX_REASON_LENGTH),
  });
}
