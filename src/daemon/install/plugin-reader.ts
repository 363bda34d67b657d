/** What the catalogue would say of a plugin that lies somewhere else, with the catalogue's own code. */

import { basename, join } from 'node:path';
import type { Refusal } from '../../protocol/control/plugins.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { Clock } from '../base/clock.ts';
import type { SettingLayer } from '../base/config-layer.ts';
import { FolderScan } from '../catalog/folder-scan.ts';
import { EMPTY_CONTENT } from '../catalog/scan-compare.ts';
import type { CatalogEntry } from '../catalog/settings.ts';

export interface ReaderOptions {
  /** Where the sockets of plugins are made. */
  readonly socketFolder: string;
  /** PATH of a program that is asked for its metadata. */
  readonly searchPath: string;
  readonly ownUid: number;
  readonly clock: Clock;
  /** torud.toml `[defaults]` in force. */
  defaults(): SettingLayer;
}

export class PluginReader {
  readonly #options: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /**
   * @param folder in the place of the plugin folder
   * @param name of the entry in it
   * @param dropIn an admin's settings for the plugin of this id; absent: none
   */
  async read(
    folder: string,
    name: string,
    dropIn?: { readonly id: string; readonly layer: SettingLayer },
  ): Promise<Result<CatalogEntry, Refusal>> {
    const { socketFolder, searchPath, ownUid, clock } = this.#options;
    const scan = new FolderScan({ pluginFolder: folder, socketFolder, searchPath, ownUid, clock });
    const dropIns = new Map(dropIn === undefined ? [] : [[dropIn.id, success(dropIn.layer)]]);
    const content = await scan.look([name], this.#options.defaults(), dropIns, EMPTY_CONTENT, true);
    const [entry] = content.entries.values();
    if (entry !== undefined) return success(entry);
    const [refusal] = content.refusals;
    const { id = name, path = join(folder, name), reason = 'it is no plugin' } = refusal ?? {};
    return failure({ id, path, reason: withoutFolder(reason, folder) });
  }
}

/** The folder is one that nobody knows; what counts in a message is the place inside it. */
function withoutFolder(reason: string, folder: string): string {
  const prefixes = [`${folder}/`, `${basename(folder)}/`];
  const shorten = (word: string): string => {
    const prefix = prefixes.find((one) => word.startsWith(one));
    return prefix === undefined ? word : word.slice(prefix.length);
  };
  return reason.split(' ').map(shorten).join(' ');
}
