/** `kv` messages of the plugin protocol (PROTOCOL.md, section 1): a raw payload in, the answer's payload out. */

import type { PluginError } from '../../protocol/plugin/envelope.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { KvQuota, KvStore } from './kv.ts';
import { invalid } from './kv-limits.ts';

type Payload = Readonly<Record<string, unknown>>;
type Answer = Result<Payload, PluginError>;

/**
 * Serves one request of a plugin. `plugin` comes from the connection; nothing in the payload can name another one.
 * Unknown fields are ignored; an optional field that is null counts as absent. A list that had to be cut carries
 * `more: true`, and goes on with `after` set to its last key.
 */
export function serveKv(kv: KvStore, plugin: string, payload: unknown, quota: KvQuota): Answer {
  if (!isObject(payload)) return failure(invalid('the payload must be an object'));
  const problem = fieldProblem(payload);
  if (problem !== undefined) return failure(problem);
  // fieldProblem has checked all that is asserted here.
  const key = payload.key as string;
  switch (payload.op) {
    case 'get':
      return widen(kv.get(plugin, key));
    case 'set':
      return widen(
        kv.set(
          plugin,
          {
            key,
            value: payload.value as string,
            ttlMs: orAbsent(payload.ttl_ms) as number | undefined,
            ifVersion: orAbsent(payload.if_version) as number | undefined,
          },
          quota,
        ),
      );
    case 'delete':
      return widen(kv.delete(plugin, key));
    default:
      return list(kv, plugin, payload);
  }
}

function list(kv: KvStore, plugin: string, payload: Payload): Answer {
  const found = kv.list(
    plugin,
    orAbsent(payload.prefix) as string | undefined,
    orAbsent(payload.limit) as number | undefined,
    orAbsent(payload.after) as string | undefined,
  );
  if (!found.ok) return found;
  return success({ keys: found.value.keys, ...(found.value.isCut ? { more: true } : {}) });
}

interface Fields {
  readonly required: readonly string[];
  readonly texts: readonly string[];
  readonly numbers: readonly string[];
}

const FIELDS: ReadonlyMap<unknown, Fields> = new Map([
  ['get', { required: ['key'], texts: [], numbers: [] }],
  ['set', { required: ['key', 'value'], texts: [], numbers: ['ttl_ms', 'if_version'] }],
  ['delete', { required: ['key'], texts: [], numbers: [] }],
  ['list', { required: [], texts: ['prefix', 'after'], numbers: ['limit'] }],
]);

function fieldProblem(payload: Payload): PluginError | undefined {
  const fields = FIELDS.get(payload.op);
  if (fields === undefined) return invalid(`op must be one of ${[...FIELDS.keys()].join(', ')}`);
  for (const name of fields.required) {
    if (typeof payload[name] !== 'string') return invalid(`${payload.op}: ${name} must be a string`);
  }
  for (const name of fields.texts) {
    const value = orAbsent(payload[name]);
    if (value !== undefined && typeof value !== 'string')
      return invalid(`${payload.op}: ${name} must be a string`);
  }
  for (const name of fields.numbers) {
    const value = orAbsent(payload[name]);
    if (value !== undefined && typeof value !== 'number')
      return invalid(`${payload.op}: ${name} must be a number`);
  }
  return undefined;
}

function orAbsent(value: unknown): unknown {
  return value === null ? undefined : value;
}

function isObject(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function widen(result: Result<object, PluginError>): Answer {
  return result.ok ? success({ ...result.value }) : result;
}
