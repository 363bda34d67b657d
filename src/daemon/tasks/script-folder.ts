/** The scripts folder: what lies in it, what it is about, and whether torud would run it. */

import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Script, ScriptListResult } from '../../protocol/control/tasks.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { errnoOf, failure, messageOf, type Result, success } from '../../protocol/result.ts';
import { formatTime } from '../base/clock.ts';
import { distrustOf, distrustOfOwned } from '../base/file-trust.ts';
import { nearestName } from '../base/toml-nearest.ts';
import { linkStatsOf, statsOf } from '../catalog/file-identity.ts';
import { isExecutable, realPath } from '../catalog/program-finder.ts';
import { describeScript } from './script-text.ts';

/** Entries that are looked at; a folder with more is no folder of scripts. */
const MAX_SCRIPTS = 2_000;

export class ScriptFolder {
  readonly #folder: () => string;
  readonly #ownUid: number;

  /**
   * @param folder absolute path, as the settings have it now
   * @param ownUid uid of torud
   */
  constructor(folder: () => string, ownUid: number) {
    this.#folder = folder;
    this.#ownUid = ownUid;
  }

  get path(): string {
    return this.#folder();
  }

  /** Files and links, by name; hidden ones and folders are left out. Empty when there is no folder. */
  list(): ScriptListResult {
    const folder = this.#folder();
    const refused = this.#folderRefusal(folder)?.message ?? null;
    const scripts = this.#names(folder).flatMap((name) => this.#describe(folder, name, refused) ?? []);
    return { folder, scripts };
  }

  /** The script's path. Failure: `not_found`, or `invalid` for one that torud does not run. */
  find(name: string): Result<string, ErrorBody> {
    const folder = this.#folder();
    if (name.includes('/') || name.includes('\0') || name === '.' || name === '..') {
      const hint = `a script is named as it is in ${folder}; toru scripts lists them`;
      return failure(
        errorBody('invalid', 'a name of a script holds no slash and no dot-dot', { name, hint }),
      );
    }
    const refusal = this.#folderRefusal(folder);
    if (refusal !== undefined) return failure({ ...refusal, name });
    const path = join(folder, name);
    if (linkStatsOf(path) === undefined) return failure(this.#noSuchScript(folder, name));
    const reason = this.#refusalOf(path, folder);
    if (reason === undefined) return success(path);
    return failure(errorBody('invalid', `${path} ${reason}`, { name }));
  }

  /** One line about the folder itself; undefined when scripts in it may be run, or when there is none. */
  problem(): string | undefined {
    const folder = this.#folder();
    const stats = statsOf(folder);
    const distrust = stats === undefined ? undefined : distrustOfOwned(stats, this.#ownUid);
    return distrust === undefined ? undefined : `no script is run: ${folder} ${distrust}`;
  }

  #folderRefusal(folder: string): ErrorBody | undefined {
    const stats = statsOf(folder);
    if (stats === undefined)
      return errorBody('not_found', `there is no scripts folder ${folder}`, { hint: `mkdir ${folder}` });
    if (!stats.isDirectory()) return errorBody('invalid', `${folder} is not a folder`);
    const distrust = distrustOfOwned(stats, this.#ownUid);
    return distrust === undefined ? undefined : errorBody('invalid', `${folder} ${distrust}`);
  }

  #noSuchScript(folder: string, name: string): ErrorBody {
    const near = nearestName(name, this.#names(folder));
    const hint = near === undefined ? 'toru scripts lists them' : `did you mean "${near}"?`;
    return errorBody('not_found', `there is no such script in ${folder}`, { name, hint });
  }

  #names(folder: string): readonly string[] {
    try {
      const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
      return names.sort().slice(0, MAX_SCRIPTS);
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      return [];
    }
  }

  #describe(folder: string, name: string, folderRefused: string | null): Script | undefined {
    const path = join(folder, name);
    const stats = statsOf(path);
    if (stats?.isDirectory() === true) return undefined;
    const refused = folderRefused ?? this.#refusalOf(path, folder) ?? null;
    return {
      name,
      // Of what is not trusted nothing is shown but its name.
      description: refused === null ? describeScript(path) : '',
      sizeBytes: stats?.size ?? 0,
      // Of a link that leads nowhere its own.
      modifiedAt: formatTime((stats ?? linkStatsOf(path))?.mtimeMs ?? 0),
      refused,
    };
  }

  /** The rest of a sentence that begins with the path. */
  #refusalOf(path: string, folder: string): string | undefined {
    const link = linkOf(path);
    if (typeof link === 'string') return link;
    if (link.isSymbolicLink()) {
      const refusal = distrustOf(link, this.#ownUid) ?? this.#leavesFolder(path, folder);
      if (refusal !== undefined) return refusal;
    }
    const stats = statsOf(path);
    if (stats === undefined) return 'is a link that leads nowhere';
    if (!stats.isFile()) return 'is not a regular file';
    const distrust = distrustOfOwned(stats, this.#ownUid);
    if (distrust !== undefined) return distrust;
    if (isExecutable(path)) return undefined;
    return (stats.mode & 0o111) === 0
      ? 'is not executable; make it so with chmod +x'
      : 'is not executable for torud: it lies on a file system mounted noexec, or its mode keeps torud out';
  }

  #leavesFolder(path: string, folder: string): string | undefined {
    const real = realPath(path);
    const inside = realPath(folder);
    if (!real.ok)
      return real.failure === 'ENOENT'
        ? 'is a link that leads nowhere'
        : `cannot be followed: ${real.failure}`;
    if (!inside.ok) return `cannot be followed: ${inside.failure}`;
    if (!real.value.startsWith(inside.value === '/' ? '/' : `${inside.value}/`))
      return `leads out of the scripts folder, to ${real.value}`;
    for (let inner = dirname(real.value); inner !== inside.value; inner = dirname(inner)) {
      const stats = statsOf(inner);
      const distrust = stats === undefined ? 'cannot be looked at' : distrustOfOwned(stats, this.#ownUid);
      if (distrust !== undefined) return `leads through ${inner}, which ${distrust}`;
    }
    return undefined;
  }
}

function linkOf(path: string): Stats | string {
  try {
    return lstatSync(path);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return `cannot be looked at: ${errnoOf(thrown) ?? messageOf(thrown)}`;
  }
}
