/**
 * The browser's part of a plugin: its bundle, as `bundle.js` whatever its name, and the other files of the folder that the
 * bundle lies in. A bundle beside the program has no folder of its own: then it is served alone.
 */

import { dirname, join } from 'node:path';
import type { ErrorBody } from '../../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../../src/protocol/result.ts';
import type { Daemon } from './daemon.ts';
import type { PluginBook } from './plugin-book.ts';
import { openStatic, type StaticFile } from './static-file.ts';

export const BUNDLE = 'bundle.js';
const ICON = /^[^/]+\.(svg|png|jpe?g|gif|webp|ico)$/i;

export class Frontend {
  readonly #daemon: Daemon;
  readonly #book: PluginBook;

  constructor(daemon: Daemon, book: PluginBook) {
    this.#daemon = daemon;
    this.#book = book;
  }

  /** The file of that name; undefined when the plugin is not enabled or shows none of that name. @param name decoded */
  async find(id: string, name: string): Promise<Result<StaticFile | undefined, ErrorBody>> {
    const status = this.#book.get(id);
    if (status === undefined || !status.enabled) return success(undefined);
    const { bundle, icon } = status;
    const inside = insideOf(bundle, icon, name);
    if (inside === undefined) return success(undefined);
    const shown = await this.#daemon.call('plugin.show', { plugin: id });
    if (!shown.ok) return failure(shown.failure);
    const { path } = shown.value.properties;
    return success(
      typeof path === 'string' ? await openStatic(join(path, inside.folder), inside.name) : undefined,
    );
  }
}

/** Where the name would be in the plugin's folder; undefined when it is not the browser's. */
function insideOf(
  bundle: string | undefined,
  icon: string | undefined,
  name: string,
): { readonly folder: string; readonly name: string } | undefined {
  if (icon === name && ICON.test(name)) return { folder: '.', name };
  if (bundle === undefined) return undefined;
  const folder = dirname(bundle);
  const file = bundle.slice(folder === '.' ? 0 : folder.length + 1);
  if (name === BUNDLE || name === file) return { folder, name: file };
  return folder === '.' ? undefined : { folder, name };
}
