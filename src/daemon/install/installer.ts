/** Puts plugins into the plugin folder, whole or not at all, and keeps the version before. */

import { mkdirSync, renameSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import type { InstallParams, InstallResult, RollbackParams } from '../../protocol/control/install.ts';
import type { Actor, Refusal } from '../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { AskedChange } from '../catalog/asked-change.ts';
import type { CatalogEntry } from '../catalog/settings.ts';
import { dependencyWarnings } from './dependency-warnings.ts';
import type { InstallHost } from './install-host.ts';
import { installedName, isId, nameFor } from './installed-entry.ts';
import { makeStaging, removeTree } from './staging.ts';
import {
  carryOutSwap,
  exists,
  forgetEmptyKept,
  identityAt,
  keptNameOf,
  PREVIOUS,
  type Swap,
  SwapPlaces,
  undoSwap,
} from './swap.ts';
import { contentDigest, measureTree, severalFolders, syncTree } from './tree-contents.ts';
import { unpack } from './unpack.ts';
import { systemWords } from './unpack-failure.ts';

type Answer<Value> = Promise<Result<Value, ErrorBody>>;

/** A version that is ready to come in. */
interface Incoming {
  readonly kind: 'install' | 'rollback';
  readonly entry: CatalogEntry;
  /** Where it lies now. */
  readonly path: string;
  /** What it is to be called in the plugin folder. */
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
  readonly source: string;
}

export class Installer {
  readonly #host: InstallHost;
  /** End of all changes that were asked for so far: one at a time. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(host: InstallHost) {
    this.#host = host;
  }

  /** @param signal aborted when nobody waits any more: an installation that is not in its place by then is given up */
  install(params: InstallParams, actor: Actor, signal: AbortSignal): Answer<InstallResult> {
    const { path } = params;
    if (!isAbsolute(path) || path.includes('\0'))
      return Promise.resolve(failure(errorBody('usage', 'the path must be absolute', { name: path })));
    return this.#inStaging(path, async (staging) => {
      const unpacked = await unpack(path, join(staging, 'tree'), { signal });
      if (!unpacked.ok)
        return failure(errorBody(unpacked.failure.code, unpacked.failure.message, { name: path }));
      return this.#alone(async () => {
        if (signal.aborted) return failure(errorBody('interrupted', 'nothing was installed', { name: path }));
        await this.#host.catalog.refresh();
        const { files, bytes, name } = unpacked.value;
        const read = await this.#read(staging, unpacked.value.path, name);
        if (!read.ok) return failure(errorBody(read.failure.code, read.failure.message, { name: path }));
        const incoming: Incoming = { kind: 'install', ...read.value, files, bytes, source: path };
        return this.#bringIn(staging, incoming, actor, params.dryRun === true);
      });
    });
  }

  /** Puts the version before in the place of the one that is there; that one is kept in its turn. */
  rollback(params: RollbackParams, actor: Actor): Answer<InstallResult> {
    const id = params.plugin;
    return this.#inStaging(id, (staging) =>
      this.#alone(async () => {
        const { catalog, pluginFolder, reader } = this.#host;
        await catalog.refresh();
        const keptName = isId(id) ? keptNameOf(pluginFolder, id) : null;
        if (keptName === null) return failure(nothingKept(id, installedName(catalog, id) !== undefined));
        const keptFolder = join(pluginFolder, PREVIOUS, id);
        const read = await reader.read(keptFolder, keptName);
        if (!read.ok)
          return failure(errorBody('invalid', `the version before: ${read.failure.reason}`, { name: id }));
        const name = installedName(catalog, id) ?? keptName;
        const owner = catalog.entries().find((entry) => basename(entry.path) === name);
        if (owner !== undefined && owner.id !== id)
          return failure(errorBody('failed', `${name} is the plugin ${owner.id} by now`, { name: id }));
        const path = join(keptFolder, keptName);
        const size = await measureTree(path);
        const incoming = { kind: 'rollback', entry: read.value, path, name, ...size } as const;
        return this.#bringIn(staging, { ...incoming, source: path }, actor, params.dryRun === true);
      }),
    );
  }

  /** Takes the plugin out of the plugin folder and keeps it for a rollback. False: it was not there. */
  takeOut(id: string, change: AskedChange): Answer<boolean> {
    return this.#inStaging(id, (staging) =>
      this.#alone(async () => {
        const { catalog, pluginFolder, supervisor } = this.#host;
        await catalog.refresh();
        const name = installedName(catalog, id);
        if (name === undefined || !exists(join(pluginFolder, name))) return success(false);
        const swapped = await this.#swap(staging, { kind: 'remove', id, name, change });
        if (!swapped.ok) return swapped;
        await supervisor.attribute(id, change, () => catalog.refresh());
        return success(true);
      }),
    );
  }

  /** Removes the version that is kept for a rollback. False: there was none. */
  forgetKept(id: string): Promise<boolean> {
    return this.#alone(async () => {
      const kept = join(this.#host.pluginFolder, PREVIOUS, id);
      if (!isId(id) || !exists(kept)) return false;
      await removeTree(kept);
      forgetEmptyKept(this.#host.pluginFolder, id);
      return true;
    });
  }

  hasKept(id: string): boolean {
    return isId(id) && keptNameOf(this.#host.pluginFolder, id) !== null;
  }

  /** The staging folder is removed in any case, and what the disk refuses is a failure. */
  async #inStaging<Value>(subject: string, work: (staging: string) => Answer<Value>): Answer<Value> {
    let staging: string | undefined;
    try {
      staging = await makeStaging(this.#host.pluginFolder);
      return await work(staging);
    } catch (thrown) {
      const words = systemWords(thrown);
      if (words === undefined) throw thrown;
      return failure(errorBody('failed', `nothing was changed: ${words}`, { name: subject }));
    } finally {
      if (staging !== undefined) await this.#clear(staging);
    }
  }

  async #clear(staging: string): Promise<void> {
    try {
      await removeTree(staging);
    } catch (thrown) {
      const error = systemWords(thrown);
      if (error === undefined) throw thrown;
      this.#host.log.write('warning', 'staging-left', { folder: staging, error });
    }
  }

  #alone<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.#tail.then(work);
    this.#tail = done.catch(() => undefined);
    return done;
  }

  /** Reads the metadata, and gives the entry the name that it will have: some programs are found by it. */
  async #read(
    staging: string,
    path: string,
    sourceName: string,
  ): Promise<
    Result<Pick<Incoming, 'entry' | 'path' | 'name'>, { code: 'invalid' | 'failed'; message: string }>
  > {
    const { reader, catalog, pluginFolder } = this.#host;
    const folder = join(staging, 'entry');
    mkdirSync(folder, { mode: 0o755 });
    let at = join(folder, sourceName.replace(/^\.+/, '') || 'plugin');
    renameSync(path, at);
    const first = await reader.read(folder, basename(at));
    if (!first.ok) {
      const message = (await severalFolders(at)) ?? first.failure.reason;
      return failure({ code: 'invalid', message });
    }
    const name = nameFor(catalog, pluginFolder, first.value.id);
    if (!name.ok) return failure({ code: 'failed', message: name.failure });
    if (name.value === basename(at)) return success({ entry: first.value, path: at, name: name.value });
    renameSync(at, join(folder, name.value));
    at = join(folder, name.value);
    const second = await reader.read(folder, name.value);
    if (!second.ok) return failure({ code: 'invalid', message: second.failure.reason });
    return success({ entry: second.value, path: at, name: name.value });
  }

  async #bringIn(
    staging: string,
    incoming: Incoming,
    actor: Actor,
    isDryRun: boolean,
  ): Answer<InstallResult> {
    const { catalog, supervisor, pluginFolder } = this.#host;
    const { entry, name } = incoming;
    const { id } = entry;
    const before = catalog.get(id);
    const changed = !(await this.#isSame(before, incoming));
    const facts = {
      plugin: id,
      version: entry.metadata.version,
      digest: entry.digest,
      previousVersion: before?.metadata.version ?? null,
      files: incoming.files,
      bytes: incoming.bytes,
    };
    const result = (warnings: readonly string[]): InstallResult => ({
      ...facts,
      changed,
      needsRestart: changed && supervisor.hasProcess(id),
      warnings,
    });
    const warnings = changed ? dependencyWarnings(entry, catalog.entries()) : [];
    if (isDryRun || !changed) return success(result(warnings));
    if (incoming.kind === 'install') await syncTree(incoming.path);
    const { plugin: _plugin, ...details } = facts;
    const change: AskedChange = {
      type: 'installed',
      ...(incoming.kind === 'rollback'
        ? { verb: 'install --rollback', subject: id }
        : { verb: 'install', subject: incoming.source }),
      actor,
      details: { ...details, source: incoming.source },
    };
    const swapped = await this.#swap(staging, { kind: incoming.kind, id, name, change });
    if (!swapped.ok) return swapped;
    await supervisor.attribute(id, change, () => catalog.refresh());
    const refusal = catalog.get(id) === undefined ? this.#refusalOf(join(pluginFolder, name)) : undefined;
    return success(result(refusal === undefined ? warnings : [...warnings, refusal.reason]));
  }

  async #isSame(before: CatalogEntry | undefined, incoming: Incoming): Promise<boolean> {
    if (before === undefined || before.metadata.version !== incoming.entry.metadata.version) return false;
    // The catalogue's digest covers metadata and program; a library beside them counts here as well.
    const [now, then] = await Promise.all([contentDigest(incoming.path), contentDigest(before.path)]);
    return now !== undefined && now === then;
  }

  #refusalOf(path: string): Refusal | undefined {
    return this.#host.catalog.refusals().find((refusal) => refusal.path === path);
  }

  /** Failure: all is as it was. */
  async #swap(staging: string, asked: Pick<Swap, 'kind' | 'id' | 'name' | 'change'>): Answer<void> {
    const { kind, id, name } = asked;
    const { pluginFolder, catalog, beforeStep, log } = this.#host;
    const places = new SwapPlaces(pluginFolder, staging);
    return catalog.betweenScans(() => {
      const keptName = keptNameOf(pluginFolder, id);
      const target = join(pluginFolder, name);
      const kept = keptName === null ? null : identityAt(join(pluginFolder, PREVIOUS, id, keptName));
      const incoming =
        kind === 'remove' ? null : kind === 'rollback' ? kept : identityAt(join(staging, 'entry', name));
      const swap: Swap = { ...asked, keptName, incoming, current: identityAt(target), kept };
      try {
        carryOutSwap(places, swap, beforeStep);
      } catch (thrown) {
        const words = systemWords(thrown);
        if (words === undefined) throw thrown;
        undoSwap(places, swap);
        forgetEmptyKept(pluginFolder, id);
        return failure(errorBody('failed', `nothing was changed: ${words}`, { name: id }));
      }
      forgetEmptyKept(pluginFolder, id);
      log.write('info', kind === 'remove' ? 'plugin-removed' : 'plugin-installed', { plugin: id, kind });
      return success(undefined);
    });
  }
}

function nothingKept(id: string, isInstalled: boolean): ErrorBody {
  const message = 'there is no earlier version to go back to';
  const hint = 'the version before is kept when a plugin is installed over it, or removed';
  if (isInstalled) return errorBody('failed', message, { name: id, hint });
  return errorBody('not_found', 'there is no such plugin, and no earlier version of it', { name: id });
}
