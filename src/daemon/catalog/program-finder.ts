/** Finds a plugin's program and checks that torud may start it. */

import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { errnoOf, failure, messageOf, type Result, success } from '../../protocol/result.ts';
import { distrustOf, distrustOfFolder } from '../base/file-trust.ts';
import { statsOf } from './file-identity.ts';
import type { NotedFiles } from './noted-files.ts';

/** Failure: a reason that names the file. */
export type FoundProgram = Result<string, string>;

export interface FinderOptions {
  readonly ownUid: number;
  /** Folders in which a bare word is looked up, separated by `:`. */
  readonly searchPath: string;
  /** How messages name a path. */
  readonly labelOf: (path: string) => string;
}

export class ProgramFinder {
  readonly #options: FinderOptions;

  constructor(options: FinderOptions) {
    this.#options = options;
  }

  /**
   * The program of a folder that names none: the executable file named like the folder, else `plugin`, else the only
   * executable file.
   * @param names names that the folder has: its own, and that of a link to it
   */
  inFolder(folder: string, names: readonly string[], noted: NotedFiles): FoundProgram {
    const usual = [...new Set([...names, 'plugin'])];
    noted.note(folder);
    const named = usual.map((name) => join(folder, name)).filter((path) => this.#isFile(path, noted));
    const ready = named.find(isExecutable);
    if (ready !== undefined) return this.checked(ready, folder, noted);
    const executables = this.#executables(folder, noted);
    if (!executables.ok) return executables;
    const [only, ...more] = executables.value;
    if (only !== undefined && more.length === 0) return this.checked(only, folder, noted);
    const [first] = named;
    if (first !== undefined) return failure(this.#notExecutable(first));
    const wanted = usual.map((name) => `"${name}"`).join(' or ');
    const count =
      more.length === 0 ? 'no executable file at all' : `${more.length + 1} executable files of other names`;
    return failure(
      `${this.#label(folder)} has no program: none named ${wanted}, and ${count}; name it by "command" in plugin.json`,
    );
  }

  /**
   * The program that the first word of a command means.
   * @param place where the command stands, for messages
   */
  ofCommand(word: string, folder: string, place: string, noted: NotedFiles): FoundProgram {
    if (isAbsolute(word)) {
      noted.note(word);
      if (statsOf(word) === undefined)
        return failure(`${place}: "command" names ${word}, which does not exist`);
      return this.checked(word, null, noted);
    }
    const inside = join(folder, word);
    noted.note(inside);
    if (statsOf(inside) !== undefined) return this.checked(inside, folder, noted);
    if (word.includes('/'))
      return failure(`${place}: "command" names ${word}, which does not exist in ${this.#label(folder)}`);
    const found = this.#inSearchPath(word);
    if (found !== undefined) return this.checked(found, null, noted);
    return failure(
      `${place}: "command" names ${word}, which is neither in ${this.#label(folder)} nor in ${this.#options.searchPath}`,
    );
  }

  /**
   * Success: the same path, checked.
   * @param folder the plugin's folder, which the program must not leave; null for a program of the system
   */
  checked(program: string, folder: string | null, noted: NotedFiles): FoundProgram {
    noted.note(program);
    const stats = statsOf(program);
    if (stats === undefined) return failure(`${this.#label(program)} does not exist, or leads nowhere`);
    if (!stats.isFile()) return failure(`${this.#label(program)} is not a regular file`);
    const distrust = distrustOf(stats, this.#options.ownUid);
    if (distrust !== undefined) return failure(`${this.#label(program)} ${distrust}`);
    if (!isExecutable(program)) return failure(this.#notExecutable(program));
    const real = realPath(program);
    if (!real.ok) return failure(`${this.#label(program)} cannot be followed: ${real.failure}`);
    return folder === null
      ? this.#checkedOutside(program, real.value, noted)
      : this.#checkedInside(program, real.value, folder, noted);
  }

  #checkedOutside(program: string, real: string, noted: NotedFiles): FoundProgram {
    const reason = this.#distrustOfFolder(dirname(real), noted, distrustOfFolder);
    return reason === undefined ? success(program) : failure(reason);
  }

  #checkedInside(program: string, real: string, folder: string, noted: NotedFiles): FoundProgram {
    const realFolder = realPath(folder);
    if (!realFolder.ok) return failure(`${this.#label(folder)} cannot be followed: ${realFolder.failure}`);
    if (!real.startsWith(realFolder.value === '/' ? '/' : `${realFolder.value}/`))
      return failure(`${this.#label(program)} leads out of the plugin's folder, to ${real}`);
    for (let inner = dirname(real); inner !== realFolder.value; inner = dirname(inner)) {
      const reason = this.#distrustOfFolder(inner, noted, distrustOf);
      if (reason !== undefined) return failure(reason);
    }
    return success(program);
  }

  #distrustOfFolder(folder: string, noted: NotedFiles, judge: typeof distrustOf): string | undefined {
    noted.note(folder);
    const stats = statsOf(folder);
    const reason = stats === undefined ? 'cannot be looked at' : judge(stats, this.#options.ownUid);
    return reason === undefined ? undefined : `${this.#label(folder)} ${reason}`;
  }

  #executables(folder: string, noted: NotedFiles): Result<readonly string[], string> {
    let names: string[];
    try {
      names = readdirSync(folder);
    } catch (thrown) {
      return failure(`${this.#label(folder)} cannot be read: ${errnoOf(thrown) ?? messageOf(thrown)}`);
    }
    const paths = names.filter((name) => !name.startsWith('.')).map((name) => join(folder, name));
    return success(paths.filter((path) => this.#isFile(path, noted) && isExecutable(path)).sort());
  }

  #inSearchPath(word: string): string | undefined {
    const paths = this.#options.searchPath.split(':').map((folder) => join(folder, word));
    return paths.find((path) => statsOf(path)?.isFile() === true && isExecutable(path));
  }

  #isFile(path: string, noted: NotedFiles): boolean {
    noted.note(path);
    return statsOf(path)?.isFile() === true;
  }

  #notExecutable(path: string): string {
    const mode = statsOf(path)?.mode ?? 0;
    if ((mode & 0o111) === 0) return `${this.#label(path)} is not executable; make it so with chmod +x`;
    return `${this.#label(path)} is not executable for torud: it lies on a file system mounted noexec, or its mode keeps torud out`;
  }

  #label(path: string): string {
    return this.#options.labelOf(path);
  }
}

/** Failure: the error's code. */
export function realPath(path: string): Result<string, string> {
  try {
    return success(realpathSync.native(path));
  } catch (thrown) {
    return failure(errnoOf(thrown) ?? messageOf(thrown));
  }
}

/** As access(2) says for torud: also no on a file system that is mounted noexec. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return false;
  }
}
