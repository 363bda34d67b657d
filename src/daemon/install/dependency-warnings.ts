/** What a new version means for the plugins around it: said, and not refused, since the missing ones may come next. */

import { satisfies } from 'semver';
import type { CatalogEntry } from '../catalog/settings.ts';

/** Sentences without a full stop. @param entries what is installed, the new version in the place of the old one or not */
export function dependencyWarnings(entry: CatalogEntry, entries: readonly CatalogEntry[]): readonly string[] {
  const others = new Map(entries.filter((one) => one.id !== entry.id).map((one) => [one.id, one]));
  const warnings: string[] = [];
  for (const { plugin, range, required } of entry.dependencies) {
    const found = others.get(plugin);
    if (found === undefined && required)
      warnings.push(`${entry.id} needs ${plugin} ${range}, and there is no ${plugin}`);
    else if (found !== undefined && !fits(found, range))
      warnings.push(`${entry.id} needs ${plugin} ${range}, and here is ${plugin} ${found.metadata.version}`);
  }
  for (const other of others.values()) {
    for (const { plugin, range } of other.dependencies) {
      if (plugin === entry.id && !fits(entry, range))
        warnings.push(`${other.id} needs ${entry.id} ${range}, and this is ${entry.metadata.version}`);
    }
  }
  return warnings;
}

/** Ids of the plugins that cannot do without `id`, sorted. */
export function requiredBy(id: string, entries: readonly CatalogEntry[]): readonly string[] {
  return entries
    .filter((entry) => entry.id !== id)
    .filter((entry) => entry.dependencies.some(({ plugin, required }) => plugin === id && required))
    .map((entry) => entry.id)
    .sort();
}

function fits(entry: CatalogEntry, range: string): boolean {
  return range === '*' || satisfies(entry.metadata.version, range, { includePrerelease: true });
}
