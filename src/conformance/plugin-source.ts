/** What lies at the path, as torud's scan would see it in its plugin folder. */

import {
  closeSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { systemClock } from '../daemon/base/clock.ts';
import { emptyLayer, type SettingLayer } from '../daemon/base/config-layer.ts';
import { DropIns } from '../daemon/catalog/drop-ins.ts';
import { FolderScan } from '../daemon/catalog/folder-scan.ts';
import { type CatalogContent, EMPTY_CONTENT } from '../daemon/catalog/scan-compare.ts';
import type { CatalogEntry } from '../daemon/catalog/settings.ts';
import { unpack } from '../daemon/install/unpack.ts';
import { systemWords } from '../daemon/install/unpack-failure.ts';
import { type ErrorBody, errorBody } from '../protocol/errors.ts';
import { PLUGIN_ID_PATTERN } from '../protocol/plugin/metadata.ts';
import { errnoOf, failure, messageOf, type Result, success } from '../protocol/result.ts';

/** What torud makes of a plugin; failure: why it refuses it, and the id as far as it has one. */
export type Found = Result<CatalogEntry, { readonly id: string; readonly reason: string }>;

export interface PluginSource {
  /** Absolute path as it was given. */
  readonly path: string;
  readonly found: Found;
  /** Looks anew, with nothing kept of the first look. */
  readonly again: () => Promise<Found>;
}

/** PATH of what torud starts. */
const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const ARCHIVE_ENDING = /\.(?:tar\.gz|tgz|tar)$/i;

/**
 * A folder or program is looked at where it lies, through a link in a plugin folder of the suite's own. An archive, and
 * what belongs to somebody else, is brought there as `toru install` does it. Failure: there is nothing to look at.
 * @param folder the suite's temporary folder
 */
export async function lookAtPlugin(
  given: string,
  dropIn: string | undefined,
  folder: string,
): Promise<Result<PluginSource, ErrorBody>> {
  const path = resolve(given);
  const pluginFolder = join(folder, 'plugins');
  mkdirSync(pluginFolder, { mode: 0o755 });
  const real = realPathOf(path, given);
  if (!real.ok) return real;
  let target = real.value;
  let name = basename(target) || 'plugin';
  if (isArchive(target) || isForeign(target)) {
    const unpacked = await unpack(target, join(folder, 'unpacked'));
    if (!unpacked.ok) return archiveFailure(path, name, given, unpacked.failure);
    target = unpacked.value.path;
    name = unpacked.value.name;
  }
  symlinkSync(target, join(pluginFolder, name));
  const look = (): Promise<Looked> => scanFor(name, pluginFolder, join(folder, '1'));
  const again = async (): Promise<Found> => foundIn((await look()).content, name);
  const { scan, content } = await look();
  const found = foundIn(content, name);
  if (!found.ok || dropIn === undefined) return success({ path, found, again });
  const dropIns = readDropIn(found.value.id, dropIn, folder);
  if (!dropIns.ok) return dropIns;
  const settled = await scan.again(defaults(), dropIns.value, content);
  return success({ path, found: foundIn(settled, name), again });
}

interface Looked {
  readonly scan: FolderScan;
  readonly content: CatalogContent;
}

async function scanFor(name: string, pluginFolder: string, socketFolder: string): Promise<Looked> {
  const scan = new FolderScan({
    pluginFolder,
    socketFolder,
    searchPath: SEARCH_PATH,
    ownUid: process.getuid?.() ?? 0,
    clock: systemClock,
  });
  const content = await scan.look([name], defaults(), new Map(), EMPTY_CONTENT, true);
  return { scan, content };
}

/** No torud.toml: the author's settings and the built-in ones. */
function defaults(): SettingLayer {
  return emptyLayer('torud.toml');
}

function foundIn({ entries, refusals }: CatalogContent, name: string): Found {
  const [entry] = entries.values();
  const [refusal] = refusals;
  if (entry !== undefined) return success(entry);
  return failure({ id: refusal?.id ?? name, reason: refusal?.reason ?? 'it was not found' });
}

function archiveFailure(
  path: string,
  id: string,
  given: string,
  { code, message }: { readonly code: string; readonly message: string },
): Result<PluginSource, ErrorBody> {
  const refused = failure({ id, reason: message });
  if (code === 'invalid') return success({ path, found: refused, again: async () => refused });
  return failure(errorBody(code === 'not_found' ? 'not_found' : 'failed', message, { name: given }));
}

/** A copy under the name that torud would read, with the rights that the caller's own files have. */
function readDropIn(id: string, file: string, folder: string): Result<ReturnType<typeof layers>, ErrorBody> {
  if (!PLUGIN_ID_PATTERN.test(id)) throw new Error(`no id: ${id}`);
  const dropInFolder = join(folder, 'plugins.d');
  mkdirSync(dropInFolder, { mode: 0o755 });
  try {
    copyFileSync(file, join(dropInFolder, `${id}.toml`));
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    const code = errnoOf(thrown) === 'ENOENT' ? 'not_found' : 'failed';
    const words = code === 'not_found' ? 'there is no such file' : (systemWords(thrown) ?? messageOf(thrown));
    return failure(errorBody(code, `--drop-in: ${words}`, { name: file }));
  }
  return success(layers(dropInFolder));
}

function layers(dropInFolder: string) {
  const read = new DropIns(dropInFolder, process.getuid?.() ?? 0).read();
  return read.ok ? read.value : read.failure;
}

function realPathOf(path: string, given: string): Result<string, ErrorBody> {
  try {
    return success(realpathSync.native(path));
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === undefined) throw thrown;
    const isAbsent = errno === 'ENOENT' || errno === 'ENOTDIR';
    const message = isAbsent ? 'there is no such file or folder' : (systemWords(thrown) ?? messageOf(thrown));
    const hint = isAbsent ? 'give the path of a plugin folder, a program or a .tar.gz' : undefined;
    return failure(errorBody(isAbsent ? 'not_found' : 'failed', message, { hint, name: given }));
  }
}

/** True when it belongs neither to the caller nor to root: torud takes it only from the copy that an installation makes. */
function isForeign(path: string): boolean {
  try {
    const names = statSync(path).isDirectory() ? readdirSync(path) : [];
    const uids = ['', ...names].map((name) => lstatSync(join(path, name)).uid);
    return uids.some((uid) => uid !== 0 && uid !== process.getuid?.());
  } catch (thrown) {
    // The scan says what cannot be read.
    if (errnoOf(thrown) === undefined) throw thrown;
    return false;
  }
}

/** By its first bytes (gzip) or its name. */
function isArchive(path: string): boolean {
  if (!lstatSync(path).isFile()) return false;
  if (ARCHIVE_ENDING.test(path)) return true;
  const head = Buffer.alloc(2);
  try {
    const descriptor = openSync(path, 'r');
    try {
      readSync(descriptor, head, 0, head.length, 0);
    } finally {
      closeSync(descriptor);
    }
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return false;
  }
  return head[0] === 0x1f && head[1] === 0x8b;
}
