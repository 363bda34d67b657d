/** A plugin as the catalogue sees it now. */

import type { CatalogEntry, RestartSettings } from '../catalog/settings.ts';
import type { MachineEvent } from './machine-model.ts';

export type CatalogView =
  | { readonly kind: 'entry'; readonly entry: CatalogEntry }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'gone' };

/** Why the catalogue's view does not allow a start. */
export function viewProblem(view: Exclude<CatalogView, { kind: 'entry' }>): string {
  return view.kind === 'refused' ? view.reason : 'its files are gone from the plugin folder';
}

/** What the state machine hears of it. */
export function catalogEvent(view: CatalogView): MachineEvent {
  return view.kind === 'entry' ? { type: 'accepted' } : { type: 'refused', problem: viewProblem(view) };
}

/** A plugin whose files are refused or gone is not started again. */
const NO_RESTART: RestartSettings = {
  policy: 'never',
  delaysMs: [0],
  jitter: 0,
  limit: null,
  // Nothing is said of it any more, so no run proves itself by it and no count is forgotten.
  stableAfterMs: Number.POSITIVE_INFINITY,
  successCodes: [0],
  noRestartCodes: [],
};

/** The restart policy in force: the one of the files that a restart would take. */
export function restartSettingsOf(view: CatalogView): RestartSettings {
  return view.kind === 'entry' ? view.entry.settings.restart : NO_RESTART;
}
