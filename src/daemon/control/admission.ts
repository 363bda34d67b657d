/** Whether a request may be served, and which part of it when the caller's role is not the same for all its plugins. */

import type { Role } from '../../protocol/control/envelope.ts';
import { type ActionName, METHODS, type MethodName } from '../../protocol/control/methods.ts';
import type { ActionOutcome, ActionResult, Selection } from '../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import type { PluginStateName } from '../../protocol/plugin-state.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { isGlob } from '../base/glob.ts';
import { allows, type Caller, nameOf, roleOn } from './access.ts';
import type { Selected } from './selection.ts';

/** What of the plugins is needed. */
export interface KnownPlugins {
  /** The plugins of an action's selection. */
  select(selection: Selection): Result<Selected, ErrorBody>;
  stateOf(id: string): PluginStateName | null;
}

/** A request as its handler gets it. */
export interface Admitted {
  readonly params: unknown;
  /** Names that the handler does not get, with why; empty for most requests. */
  readonly refused: readonly ActionOutcome[];
  /** False when nothing is left for the handler. */
  readonly hasWork: boolean;
  /** All names of the request, in its order; empty when nothing was refused. */
  readonly order: readonly string[];
}

const ACTIONS: Readonly<Record<ActionName, true>> = {
  'plugin.enable': true,
  'plugin.disable': true,
  'plugin.start': true,
  'plugin.stop': true,
  'plugin.restart': true,
  'plugin.tryRestart': true,
  'plugin.kill': true,
  'plugin.reload': true,
  'plugin.resetFailed': true,
  'plugin.remove': true,
};

/**
 * Methods about one plugin, which `plugin` names. `plugin.setDropIn` is none: a drop-in says which program runs as which
 * user, so whoever may write one has all the rights of torud.
 */
const ABOUT_ONE: ReadonlySet<MethodName> = new Set<MethodName>([
  'kv.get',
  'kv.set',
  'kv.delete',
  'kv.list',
  'plugin.dropIn',
  'plugin.rollback',
]);

export function isWhole(params: unknown): Admitted {
  return { params, refused: [], hasWork: true, order: [] };
}

/**
 * Asks for the role on each plugin that is named, for a caller whose overall role is not enough. Plugins that an action
 * takes along by dependency are not asked for. Failure: `denied`, or a selection that is wrong.
 * @param params checked already
 */
export function admitByPlugin(
  method: MethodName,
  params: unknown,
  caller: Caller,
  plugins: KnownPlugins | undefined,
): Result<Admitted, ErrorBody> {
  const { role } = METHODS[method];
  const { grants = [] } = caller;
  const overall = failure(denial(method, caller));
  if (plugins === undefined || !grants.some((grant) => allows(grant.role, role))) return overall;
  if (ABOUT_ONE.has(method)) {
    const { plugin } = params as { readonly plugin: string };
    return allows(roleOn(caller, plugin), role)
      ? success(isWhole(params))
      : failure(denial(method, caller, plugin));
  }
  if (Object.hasOwn(ACTIONS, method)) return admitAction(method, params as Selection, caller, plugins);
  return method === 'audit.read' ? admitNamed(method, params as Selection, caller, plugins) : overall;
}

/** `ann (uid 1001) may view, and plugin.stop needs operate`, with what to do about it. */
export function denial(method: MethodName, caller: Caller, plugin?: string): ErrorBody {
  const { role } = METHODS[method];
  const has = plugin === undefined ? caller.role : roleOn(caller, plugin);
  return errorBody('denied', `${nameOf(caller)} may ${has}, and ${method} needs ${role}`, {
    hint: hintFor(role, caller),
    name: plugin,
  });
}

/** The handler's answer, with the plugins that it was not given back in their places. */
export function withRefused(result: unknown, { refused, order, hasWork }: Admitted): unknown {
  if (refused.length === 0 && hasWork) return result;
  const given = (result ?? {}) as Partial<ActionResult>;
  const outcomes = new Map([...refused, ...(given.outcomes ?? [])].map((one) => [one.plugin, one]));
  const inOrder = order.flatMap((name) => outcomes.get(name) ?? []);
  const others = (given.outcomes ?? []).filter(({ plugin }) => !order.includes(plugin));
  return { ...given, outcomes: [...inOrder, ...others] };
}

function hintFor(role: Role, { grants = [] }: Caller): string {
  const rule = 'have an [[access]] rule in torud.toml give it';
  const isMemberEnough = role === 'operate' && grants.length === 0;
  return isMemberEnough ? `use sudo, become a member of the group toru, or ${rule}` : `use sudo, or ${rule}`;
}

/**
 * Exact names that are permitted go to the handler as they are, also when no plugin has them yet; patterns, groups and
 * `--all` as the ids that they stand for now, so that nothing is acted on that was not asked about here.
 */
function admitAction(
  method: MethodName,
  selection: Selection,
  caller: Caller,
  plugins: KnownPlugins,
): Result<Admitted, ErrorBody> {
  const selected = plugins.select(selection);
  if (!selected.ok) return selected;
  const { role } = METHODS[method];
  const mayAct = (name: string): boolean => allows(roleOn(caller, name), role);
  const names: string[] = [];
  const refused: ActionOutcome[] = [];
  for (const { name, error } of selected.value.targets) {
    const isExact = !isGlob(name) && !name.startsWith('@');
    if (isExact && mayAct(name)) names.push(name);
    else {
      const why = error ?? denial(method, caller, name);
      refused.push({ plugin: name, changed: false, state: plugins.stateOf(name), error: why });
    }
  }
  const { all: _all, ...others } = selection;
  return success({
    params: { ...others, names },
    refused,
    hasWork: names.length > 0,
    order: selected.value.targets.map(({ name }) => name),
  });
}

/** A stream gives all that it was asked for or nothing: the plugins that are named, each of which must be permitted. */
function admitNamed(
  method: MethodName,
  selection: Selection,
  caller: Caller,
  plugins: KnownPlugins,
): Result<Admitted, ErrorBody> {
  if ((selection.names ?? []).length === 0) return failure(denial(method, caller));
  const selected = plugins.select({ ...selection, allowNone: true });
  if (!selected.ok) return selected;
  const { ids } = selected.value;
  const [missing] = selected.value.missing;
  if (missing !== undefined) return failure(missing);
  const denied = ids.find((id) => !allows(roleOn(caller, id), METHODS[method].role));
  if (denied !== undefined || ids.length === 0) return failure(denial(method, caller, denied));
  return success(isWhole({ ...selection, names: ids }));
}
