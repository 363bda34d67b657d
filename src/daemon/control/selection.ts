/** Which plugins a request is about (src/protocol/control/plugins.ts, `Selection`). */

import type { Selection } from '../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { Glob, isGlob } from './glob.ts';

/** Patterns of one request: each is held against every id. */
export const MAX_PATTERNS = 64;

/** `list`: no names means all, and a pattern may match nothing. `action`: names are needed, and must be there. */
export type SelectionPurpose = 'list' | 'action';

/** A name that was given, or that a pattern matched: a plugin, or why there is none. */
export interface Target {
  readonly name: string;
  readonly error?: ErrorBody;
}

export interface Selected {
  /** Ids and missing names together, in the order given or matched. */
  readonly targets: readonly Target[];
  /** In the order given or matched, each once. */
  readonly ids: readonly string[];
  /** One entry a name that does not exist, in the order given. */
  readonly missing: readonly ErrorBody[];
}

/** Failure: the selection itself is wrong, and nothing is to be done. */
export function select(
  selection: Selection,
  known: readonly string[],
  purpose: SelectionPurpose,
): Result<Selected, ErrorBody> {
  const names = selection.names ?? [];
  const problem = selectionProblem(selection, names, purpose);
  if (problem !== undefined) return failure(problem);
  if (names.length === 0) return success(toSelected(known.map((name) => ({ name }))));
  const existing = new Set(known);
  const mayMatchNothing = purpose === 'list' || selection.allowNone === true;
  const targets = new Map<string, Target>();
  for (const name of new Set(names)) {
    const matches = isGlob(name) ? matching(name, known) : existing.has(name) ? [name] : [];
    for (const id of matches) if (!targets.has(id)) targets.set(id, { name: id });
    if (matches.length > 0 || (isGlob(name) && mayMatchNothing)) continue;
    targets.set(name, { name, error: isGlob(name) ? matchesNothing(name) : noSuchPlugin(name) });
  }
  return success(toSelected([...targets.values()]));
}

/** A test for ids that come later, for streams: what `select` would select. Patterns are read once. */
export function selects(selection: Selection): (id: string) => boolean {
  const names = selection.names ?? [];
  if (names.length === 0) return () => true;
  const exact = new Set(names.filter((name) => !isGlob(name)));
  const globs = names.filter(isGlob).map((name) => new Glob(name));
  return (id) => exact.has(id) || globs.some((glob) => glob.matches(id));
}

export function noSuchPlugin(name: string): ErrorBody {
  return errorBody('not_found', 'there is no such plugin', { name, hint: 'toru list shows all of them' });
}

function toSelected(targets: readonly Target[]): Selected {
  return {
    targets,
    ids: targets.filter((target) => target.error === undefined).map((target) => target.name),
    missing: targets.flatMap((target) => target.error ?? []),
  };
}

function selectionProblem(
  selection: Selection,
  names: readonly string[],
  purpose: SelectionPurpose,
): ErrorBody | undefined {
  if (selection.all === true && names.length > 0) {
    return errorBody('usage', 'give names or all plugins, not both');
  }
  if (purpose === 'action' && names.length === 0 && selection.all !== true) {
    return errorBody('usage', 'no plugin is named', { hint: 'name one, or ask for all with --all' });
  }
  const group = names.find((name) => name.startsWith('@'));
  if (group !== undefined) return errorBody('usage', 'groups are not supported yet', { name: group });
  if (names.filter(isGlob).length > MAX_PATTERNS) {
    return errorBody('usage', `a request may hold at most ${MAX_PATTERNS} patterns`);
  }
  return undefined;
}

function matching(pattern: string, known: readonly string[]): readonly string[] {
  const glob = new Glob(pattern);
  return known.filter((id) => glob.matches(id));
}

function matchesNothing(pattern: string): ErrorBody {
  return errorBody('not_found', 'no plugin matches', {
    name: pattern,
    hint: '--allow-none makes this no error',
  });
}
