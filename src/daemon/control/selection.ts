/** Which plugins a request is about (src/protocol/control/plugins.ts, `Selection`). */

import type { Selection } from '../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody, noSuchPlugin } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { Glob, isGlob } from '../base/glob.ts';
import { nearestName } from '../base/toml-nearest.ts';

/** Patterns of one request: each is held against every id. */
export const MAX_PATTERNS = 64;

/** `list`: no names means all, and a pattern may match nothing. `action`: names are needed, and must be there. */
export type SelectionPurpose = 'list' | 'action';

/** What of the groups is needed; names are without the `@`. */
export interface Groups {
  /** All that there are. */
  names(): readonly string[];
  has(group: string, id: string): boolean;
}

const NO_GROUPS: Groups = { names: () => [], has: () => false };

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
  groups: Groups = NO_GROUPS,
): Result<Selected, ErrorBody> {
  const names = selection.names ?? [];
  const problem = selectionProblem(selection, names, purpose);
  if (problem !== undefined) return failure(problem);
  if (names.length === 0) return success(toSelected(known.map((name) => ({ name }))));
  const existing = new Set(known);
  const mayMatchNothing = purpose === 'list' || selection.allowNone === true;
  const targets = new Map<string, Target>();
  for (const name of new Set(names)) {
    const group = groupOf(name);
    const unknown = group === undefined ? undefined : unknownGroup(group, groups);
    if (unknown !== undefined) {
      targets.set(name, { name, error: unknown });
      continue;
    }
    const matches = matching(name, known, existing, groups);
    for (const id of matches) if (!targets.has(id)) targets.set(id, { name: id });
    const isSeveral = group !== undefined || isGlob(name);
    if (matches.length > 0 || (isSeveral && mayMatchNothing)) continue;
    targets.set(name, { name, error: isSeveral ? matchesNothing(name) : noSuchPlugin(name) });
  }
  return success(toSelected([...targets.values()]));
}

/** A test for ids that come later, for streams: what `select` would select. Patterns are read once, groups each time. */
export function selects(selection: Selection, groups: Groups = NO_GROUPS): (id: string) => boolean {
  const names = selection.names ?? [];
  if (names.length === 0) return () => true;
  const exact = new Set(names.filter((name) => !isGlob(name)));
  const globs = names.filter(isGlob).map((name) => new Glob(name));
  const groupNames = names.flatMap((name) => groupOf(name) ?? []);
  return (id) =>
    exact.has(id) ||
    globs.some((glob) => glob.matches(id)) ||
    groupNames.some((group) => groups.has(group, id));
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
  if (names.filter((name) => isGlob(name) || groupOf(name) !== undefined).length > MAX_PATTERNS) {
    return errorBody('usage', `a request may hold at most ${MAX_PATTERNS} patterns and groups`);
  }
  return undefined;
}

/** `web` of `@web`; undefined for what is no group. */
function groupOf(name: string): string | undefined {
  return name.startsWith('@') ? name.slice(1) : undefined;
}

function matching(
  name: string,
  known: readonly string[],
  existing: ReadonlySet<string>,
  groups: Groups,
): readonly string[] {
  const group = groupOf(name);
  if (group !== undefined) return known.filter((id) => groups.has(group, id));
  if (!isGlob(name)) return existing.has(name) ? [name] : [];
  const glob = new Glob(name);
  return known.filter((id) => glob.matches(id));
}

function unknownGroup(group: string, groups: Groups): ErrorBody | undefined {
  const names = groups.names();
  if (names.includes(group)) return undefined;
  const near = nearestName(group, names);
  const all = names.length === 0 ? 'there is none' : `there is ${listed(names)}`;
  const hint = near === undefined ? `groups: [groups] in torud.toml; ${all}` : `did you mean "@${near}"?`;
  return errorBody('not_found', 'there is no such group', { name: `@${group}`, hint });
}

const MAX_LISTED = 10;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED).map((name) => `@${name}`);
  return names.length > MAX_LISTED ? `${shown.join(', ')}, …` : shown.join(', ');
}

function matchesNothing(pattern: string): ErrorBody {
  return errorBody('not_found', 'no plugin matches', {
    name: pattern,
    hint: '--allow-none makes this no error',
  });
}
