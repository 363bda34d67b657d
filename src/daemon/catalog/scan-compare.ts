/** What a scan changed: two catalogues in, the difference out. */

import type { Refusal, ScanResult } from '../../protocol/control/plugins.ts';
import type { CatalogEntry } from './settings.ts';

export interface CatalogContent {
  /** By id, in the order of the ids. */
  readonly entries: ReadonlyMap<string, CatalogEntry>;
  /** In the order of the paths. */
  readonly refusals: readonly Refusal[];
}

export const EMPTY_CONTENT: CatalogContent = { entries: new Map(), refusals: [] };

/**
 * An id that is refused now is in `refused` alone: not in `removed`, since it is still in the plugin folder. One that
 * was refused and is taken now counts as added.
 */
export function compareContent(before: CatalogContent, after: CatalogContent): ScanResult {
  const refusedIds = new Set(after.refusals.map((refusal) => refusal.id));
  return {
    added: [...after.entries.keys()].filter((id) => !before.entries.has(id)),
    changed: [...after.entries.values()].flatMap((entry) =>
      isOther(before.entries.get(entry.id), entry) ? [entry.id] : [],
    ),
    removed: [...before.entries.keys()].filter((id) => !after.entries.has(id) && !refusedIds.has(id)),
    refused: after.refusals,
  };
}

/** True when the scan changed something, be it a reason why something is refused. */
export function isChange(before: CatalogContent, after: CatalogContent, result: ScanResult): boolean {
  if (result.added.length + result.changed.length + result.removed.length > 0) return true;
  return JSON.stringify(before.refusals) !== JSON.stringify(after.refusals);
}

/** Refusals that were not there before, or had another reason. */
export function newRefusals(before: CatalogContent, after: CatalogContent): readonly Refusal[] {
  const known = new Set(before.refusals.map((refusal) => `${refusal.path}\n${refusal.reason}`));
  return after.refusals.filter((refusal) => !known.has(`${refusal.path}\n${refusal.reason}`));
}

function isOther(before: CatalogEntry | undefined, after: CatalogEntry): boolean {
  // Equal objects first: a scan that found nothing new hands the same entries out again.
  return before !== undefined && before !== after && JSON.stringify(before) !== JSON.stringify(after);
}
