/** plugins.d/ID.toml as an admin edits it: read whole, checked with all that the plugin has, and replaced whole. */

import { createHash } from 'node:crypto';
import {
  chownSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DropInResult, SetDropInParams, SetDropInResult } from '../../protocol/control/install.ts';
import type { Actor } from '../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody, noSuchPlugin } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { readLayer, type SettingLayer } from '../base/config-layer.ts';
import { decodeUtf8, readSmallFile } from '../base/small-file.ts';
import { labelBeside, parseToml } from '../base/toml-document.ts';
import type { CatalogEntry } from '../catalog/settings.ts';
import type { InstallHost } from './install-host.ts';
import { installedName, isId } from './installed-entry.ts';
import { syncFolder } from './swap.ts';
import { systemWords } from './unpack-failure.ts';

/** Longest drop-in: as long as the catalogue reads one. */
const MAX_BYTES = 1024 * 1024;

interface Present {
  readonly text: string | null;
  readonly digest: string;
  readonly stats: Stats | undefined;
}

export class DropInFiles {
  readonly #folder: string;
  readonly #host: InstallHost;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(folder: string, host: InstallHost) {
    this.#folder = folder;
    this.#host = host;
  }

  read(id: string): Result<DropInResult, ErrorBody> {
    const path = this.#pathOf(id);
    const present = this.#present(id, path);
    if (!present.ok) return present;
    return success({ path, text: present.value.text, digest: present.value.digest });
  }

  /** One change at a time, so that of two who began with the same text one is told. */
  set(params: SetDropInParams, actor: Actor): Promise<Result<SetDropInResult, ErrorBody>> {
    const done = this.#tail.then(() => this.#set(params, actor));
    this.#tail = done.catch(() => undefined);
    return done;
  }

  async #set(params: SetDropInParams, actor: Actor): Promise<Result<SetDropInResult, ErrorBody>> {
    const { plugin: id, text, ifDigest } = params;
    const path = this.#pathOf(id);
    const present = this.#present(id, path);
    if (!present.ok) return present;
    if (ifDigest !== undefined && ifDigest !== present.value.digest)
      return failure(
        errorBody('conflict', `somebody else has changed ${labelBeside(this.#folder, path)} meanwhile`, {
          name: id,
        }),
      );
    const layer = this.#check(id, path, text);
    if (!layer.ok) return layer;
    await this.#host.catalog.refresh();
    const settings = await this.#effect(id, layer.value);
    if (!settings.ok) return failure(errorBody('invalid', settings.failure, { name: id }));
    const changed = text !== (present.value.text ?? '');
    const needsRestart = settings.value.length > 0 && this.#host.supervisor.hasProcess(id);
    if (!changed || params.dryRun === true)
      return success({ changed, settings: settings.value, needsRestart });
    const written = this.#write(id, path, text, modeFor(layer.value, present.value), present.value.stats);
    if (!written.ok) return written;
    await this.#host.supervisor.attribute(
      id,
      {
        type: 'changed',
        verb: 'edit',
        subject: id,
        actor,
        details: { file: path, settings: settings.value },
      },
      () => this.#host.catalog.refresh(),
    );
    return success({ changed, settings: settings.value, needsRestart });
  }

  /** What is written below a link goes to where the link leads, so that the link stays. */
  #pathOf(id: string): string {
    const path = join(this.#folder, `${id}.toml`);
    try {
      return realpathSync(path);
    } catch (thrown) {
      if (systemWords(thrown) === undefined) throw thrown;
      return path;
    }
  }

  #present(id: string, path: string): Result<Present, ErrorBody> {
    if (!isId(id)) return failure(noSuchPlugin(id));
    const read = readSmallFile(path, MAX_BYTES);
    if (!read.ok) {
      if (read.failure.errno === 'ENOENT') return success({ text: null, digest: '', stats: undefined });
      const message = `${labelBeside(this.#folder, path)} ${read.failure.reason}`;
      return failure(errorBody('unavailable', message, { name: id }));
    }
    const { bytes, stats } = read.value;
    const text = decodeUtf8(bytes) ?? bytes.toString('latin1');
    return success({ text, digest: createHash('sha256').update(bytes).digest('hex'), stats });
  }

  #check(id: string, path: string, text: string): Result<SettingLayer, ErrorBody> {
    const label = labelBeside(this.#folder, path);
    const invalid = (message: string) => failure(errorBody('invalid', message, { name: id }));
    if (Buffer.byteLength(text) > MAX_BYTES) return invalid(`${label}: is longer than 1 MiB`);
    const parsed = parseToml(text, path, label);
    if (!parsed.ok) return invalid(parsed.failure.message);
    const { layer, problems } = readLayer(parsed.value.values, parsed.value.text, 'drop-in', path);
    const [first, ...more] = problems;
    if (first === undefined) return success(layer);
    return invalid(more.length === 0 ? first.message : `${first.message} (and ${more.length} more)`);
  }

  /** Keys whose effective value would be another one. Failure: why the plugin would be refused with it. */
  async #effect(id: string, layer: SettingLayer): Promise<Result<readonly string[], string>> {
    const { catalog, pluginFolder, reader } = this.#host;
    const name = installedName(catalog, id);
    if (name === undefined) return success([]);
    const after = await reader.read(pluginFolder, name, { id, layer });
    if (after.ok) return success(differences(catalog.get(id), after.value));
    const without = await reader.read(pluginFolder, name);
    // A plugin that is refused anyway is not refused for its drop-in.
    const isItsFault = without.ok || without.failure.reason !== after.failure.reason;
    return isItsFault ? failure(after.failure.reason) : success([]);
  }

  #write(
    id: string,
    path: string,
    text: string,
    mode: number,
    before: Stats | undefined,
  ): Result<void, ErrorBody> {
    const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.new`);
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      if (text === '') rmSync(path, { force: true });
      else {
        rmSync(temporary, { force: true });
        writeWhole(temporary, text, mode);
        if (before !== undefined && before.uid !== process.getuid?.())
          chownSync(temporary, before.uid, before.gid);
        renameSync(temporary, path);
      }
      syncFolder(dirname(path));
      return success(undefined);
    } catch (thrown) {
      const words = systemWords(thrown);
      if (words === undefined) throw thrown;
      rmSync(temporary, { force: true });
      const message = `${labelBeside(this.#folder, path)} cannot be written: ${words}`;
      return failure(errorBody('unavailable', message, { name: id, hint: 'nothing was changed' }));
    }
  }
}

/** As it was; what gets an environment, which may hold passwords, becomes its owner's alone. */
function modeFor(layer: SettingLayer, present: Present): number {
  const hasEnvironment = Object.keys(layer.environment).length > 0;
  const hadEnvironment = /^\s*\[environment\]|^\s*environment\b/m.test(present.text ?? '');
  if (present.stats === undefined || (hasEnvironment && !hadEnvironment))
    return hasEnvironment ? 0o600 : 0o644;
  return present.stats.mode & 0o777;
}

function writeWhole(path: string, text: string, mode: number): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fchmodSync(file, mode);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function differences(before: CatalogEntry | undefined, after: CatalogEntry): readonly string[] {
  const then = new Map((before?.origins ?? []).map(({ key, value }) => [key, JSON.stringify(value)]));
  const now = new Map(after.origins.map(({ key, value }) => [key, JSON.stringify(value)]));
  if (before === undefined) return [];
  return [...new Set([...then.keys(), ...now.keys()])].filter((key) => then.get(key) !== now.get(key));
}
