/** A plugin's store, as an admin or operator sees it. */

import type { KvDeleteResult, KvEntry, KvGetResult, KvSetResult } from '../../../protocol/control/kv.ts';
import { type ErrorBody, type ErrorCode, errorBody, noSuchPlugin } from '../../../protocol/errors.ts';
import type { PluginError, PluginErrorCode } from '../../../protocol/plugin/envelope.ts';
import { failure, type Result, success } from '../../../protocol/result.ts';
import type { Handlers } from './table.ts';

export interface KvQuota {
  readonly maxKeys: number;
  readonly maxBytes: number;
}

/** What of the store is needed. */
export interface KvSource {
  get(plugin: string, key: string): Result<KvGetResult, PluginError>;
  set(
    plugin: string,
    request: {
      readonly key: string;
      readonly value: string;
      readonly ttlMs?: number | undefined;
      readonly ifVersion?: number | undefined;
    },
    quota: KvQuota,
  ): Result<KvSetResult, PluginError>;
  /** What `set` would answer; nothing is stored. */
  previewSet: KvSource['set'];
  delete(plugin: string, key: string): Result<KvDeleteResult, PluginError>;
  entries(plugin: string, prefix?: string): Result<readonly KvEntry[], PluginError>;
}

interface Parts {
  readonly kv: KvSource;
  /** What a plugin may store. */
  kvQuota(plugin: string): KvQuota;
  ids(): readonly string[];
}

type Topic = 'kv.get' | 'kv.set' | 'kv.delete' | 'kv.list';

export function makeKvHandlers(parts: Parts): Pick<Handlers, Topic> {
  const ask = <Value>(plugin: string, work: () => Result<Value, PluginError>): Result<Value, ErrorBody> => {
    if (!parts.ids().includes(plugin)) return failure(noSuchPlugin(plugin));
    const done = work();
    return done.ok
      ? done
      : failure(errorBody(codeOf(done.failure.code), done.failure.message, { name: plugin }));
  };
  return {
    'kv.get': async ({ plugin, key }) => ask(plugin, () => parts.kv.get(plugin, key)),
    'kv.set': async ({ plugin, dryRun, ...request }) =>
      ask(plugin, () => {
        const quota = parts.kvQuota(plugin);
        return dryRun === true
          ? parts.kv.previewSet(plugin, request, quota)
          : parts.kv.set(plugin, request, quota);
      }),
    'kv.delete': async ({ plugin, key, dryRun }) => {
      if (dryRun !== true) return ask(plugin, () => parts.kv.delete(plugin, key));
      const found = ask(plugin, () => parts.kv.get(plugin, key));
      return found.ok ? success({ deleted: found.value.value !== null }) : found;
    },
    'kv.list': async ({ plugin, prefix }) => {
      const found = ask(plugin, () => parts.kv.entries(plugin, prefix));
      return found.ok ? success({ entries: found.value }) : found;
    },
  };
}

/** The plugin protocol's codes in the control protocol; `invalid` there is a wrong request. */
function codeOf(code: PluginErrorCode): ErrorCode {
  switch (code) {
    case 'invalid':
      return 'usage';
    case 'unknown_type':
      return 'internal';
    default:
      return code;
  }
}
