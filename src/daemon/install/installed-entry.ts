/** Where a plugin lies in the plugin folder, or would lie. */

import { basename, join } from 'node:path';
import { PLUGIN_ID_PATTERN } from '../../protocol/plugin/metadata.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { isIgnoredName } from '../catalog/folder-scan.ts';
import type { CatalogPort } from './install-host.ts';
import { exists } from './swap.ts';

/** Name of the entry that has this id now, a refused one too; undefined without one. */
export function installedName(catalog: CatalogPort, id: string): string | undefined {
  const path = catalog.get(id)?.path ?? catalog.refusals().find((refusal) => refusal.id === id)?.path;
  return path === undefined ? undefined : basename(path);
}

/** The name that a plugin of this id gets. Failure: another plugin has that name, one line. */
export function nameFor(catalog: CatalogPort, pluginFolder: string, id: string): Result<string, string> {
  const known = installedName(catalog, id);
  if (known !== undefined) return success(known);
  // An id may end like what the catalogue leaves alone: `web.old`.
  const name = isIgnoredName(id) ? `${id}-plugin` : id;
  const owner = catalog.entries().find((entry) => basename(entry.path) === name);
  if (owner === undefined || !exists(join(pluginFolder, name))) return success(name);
  return failure(`${name} in the plugin folder is the plugin ${owner.id} already`);
}

/** Whether it may be part of a path. */
export function isId(text: string): boolean {
  return PLUGIN_ID_PATTERN.test(text);
}
