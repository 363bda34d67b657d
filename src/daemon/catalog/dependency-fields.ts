/** `api.dependencies` of a metadata document: which plugins are needed, in which versions. */

import { validRange } from 'semver';
import { PLUGIN_ID_PATTERN } from '../../protocol/plugin/metadata.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { isTable } from '../base/config-layer.ts';
import { quoteValue } from '../base/one-line.ts';
import { hintFor } from '../base/toml-nearest.ts';
import type { Dependency } from './settings.ts';

/** Plugins that one plugin may need. */
export const MAX_DEPENDENCIES = 256;
const MAX_RANGE_LENGTH = 256;
const ANY_VERSION = '*';
const KEYS: readonly string[] = ['plugin', 'version', 'range', 'required'];

/** What is wrong, and where: the path of the key in the document. */
export interface DependencyProblem {
  readonly path: readonly string[];
  readonly what: string;
}

type Read<Value> = Result<Value, DependencyProblem>;

/**
 * Reads the list. An entry is an object (`plugin`, `version` or `range`, `required`), or the short form `crm` or `crm@^2.0`.
 * @param owner id of the plugin whose list it is; it cannot need itself
 */
export function readDependencies(api: unknown, owner: string): Read<readonly Dependency[]> {
  if (!isTable(api) || !Object.hasOwn(api, 'dependencies')) return success([]);
  const path = ['api', 'dependencies'];
  const list = api.dependencies;
  if (!Array.isArray(list)) return wrong(path, `"api.dependencies" must be a list, not ${quoteValue(list)}`);
  if (list.length > MAX_DEPENDENCIES)
    return wrong(path, `"api.dependencies" has ${list.length} entries, ${MAX_DEPENDENCIES} are the most`);
  const dependencies = new Map<string, Dependency>();
  for (const [index, item] of list.entries()) {
    const read = readOne(item, [...path, String(index)], `api.dependencies[${index}]`);
    if (!read.ok) return read;
    const { plugin } = read.value;
    const at = [...path, String(index), 'plugin'];
    if (plugin === owner) return wrong(at, `"api.dependencies[${index}]": a plugin cannot need itself`);
    if (dependencies.has(plugin))
      return wrong(at, `"api.dependencies[${index}]": "${plugin}" is listed twice; say it once`);
    dependencies.set(plugin, read.value);
  }
  return success([...dependencies.values()]);
}

function readOne(item: unknown, path: readonly string[], name: string): Read<Dependency> {
  if (typeof item === 'string') return readShort(item, path, name);
  if (!isTable(item)) {
    return wrong(path, `"${name}" must be an object or a text like "crm@^2.0", not ${quoteValue(item)}`);
  }
  const unknown = Object.keys(item).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    const what = `unknown key ${quoteValue(unknown)} in "${name}"${hintFor(unknown, KEYS)}`;
    return wrong([...path, unknown], what);
  }
  if (!Object.hasOwn(item, 'plugin'))
    return wrong(path, `"${name}" lacks "plugin", the id of what is needed`);
  if (Object.hasOwn(item, 'version') && Object.hasOwn(item, 'range'))
    return wrong([...path, 'range'], `"${name}" has both "version" and "range", which are the same; say one`);
  const { required = true } = item;
  if (typeof required !== 'boolean')
    return wrong(
      [...path, 'required'],
      `"${name}.required" must be true or false, not ${quoteValue(required)}`,
    );
  const rangeKey = Object.hasOwn(item, 'range') ? 'range' : 'version';
  const plugin = readId(item.plugin, [...path, 'plugin'], `${name}.plugin`);
  if (!plugin.ok) return plugin;
  const range = readRange(item[rangeKey] ?? ANY_VERSION, [...path, rangeKey], `${name}.${rangeKey}`);
  return range.ok ? success({ plugin: plugin.value, range: range.value, required }) : range;
}

function readShort(text: string, path: readonly string[], name: string): Read<Dependency> {
  const at = text.indexOf('@');
  const plugin = readId(at === -1 ? text : text.slice(0, at), path, name);
  if (!plugin.ok) return plugin;
  const range = readRange(at === -1 ? ANY_VERSION : text.slice(at + 1), path, name);
  return range.ok ? success({ plugin: plugin.value, range: range.value, required: true }) : range;
}

function readId(value: unknown, path: readonly string[], name: string): Read<string> {
  if (typeof value === 'string' && PLUGIN_ID_PATTERN.test(value)) return success(value);
  return wrong(path, `"${name}" must name a plugin by its id, not ${quoteValue(value)}`);
}

function readRange(value: unknown, path: readonly string[], name: string): Read<string> {
  const isRange =
    typeof value === 'string' &&
    value.length <= MAX_RANGE_LENGTH &&
    value.trim() !== '' &&
    validRange(value) !== null;
  if (isRange) return success(value.trim());
  return wrong(path, `"${name}" must be a semver range like "^2.0", not ${quoteValue(value)}`);
}

function wrong(path: readonly string[], what: string): Read<never> {
  return failure({ path, what });
}
