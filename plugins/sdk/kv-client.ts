/** The plugin's own key-value store, kept by torud: texts with versions, which outlive the plugin and torud. */

import { type KvRequest, MAX_KV_KEY_BYTES, MAX_KV_VALUE_BYTES } from '../../src/protocol/plugin/messages.ts';
import { failure, type Result, success } from '../../src/protocol/result.ts';
import { KvError } from './kv-error.ts';
import type { KvRequests, Payload } from './kv-requests.ts';

export interface KvEntry {
  /** null when there is no such key. */
  readonly value: string | null;
  /** Grows with each set; 0 when there is no such key. */
  readonly version: number;
}

export interface KvSetOptions {
  /** Milliseconds until the key is gone; absent: it stays. */
  readonly ttlMs?: number;
  /**
   * Set only if the stored version is this one; 0: only if the key is absent. When torud was restarted in between,
   * a `conflict` may be the trace of this very request, whose first answer was lost: read the key to know.
   */
  readonly ifVersion?: number;
}

export interface KvListOptions {
  readonly prefix?: string;
  readonly limit?: number;
}

/** Every function answers with a value; none rejects. While torud is away they wait for it. */
export class KvClient {
  readonly #requests: KvRequests;

  constructor(requests: KvRequests) {
    this.#requests = requests;
  }

  async get(key: string): Promise<Result<KvEntry, KvError>> {
    const answer = await this.#ask({ op: 'get', key });
    if (!answer.ok) return answer;
    const { value, version } = answer.value;
    if (typeof value === 'string' && typeof version === 'number') return success({ value, version });
    if (value === null || value === undefined) return success({ value: null, version: Number(version) || 0 });
    return malformed('get');
  }

  /** Answers with the new version. */
  async set(key: string, value: string, options: KvSetOptions = {}): Promise<Result<number, KvError>> {
    const answer = await this.#ask({
      op: 'set',
      key,
      value,
      ...(options.ttlMs === undefined ? {} : { ttl_ms: options.ttlMs }),
      ...(options.ifVersion === undefined ? {} : { if_version: options.ifVersion }),
    });
    if (!answer.ok) return answer;
    return typeof answer.value.version === 'number' ? success(answer.value.version) : malformed('set');
  }

  /** Answers with whether there was such a key. */
  async delete(key: string): Promise<Result<boolean, KvError>> {
    const answer = await this.#ask({ op: 'delete', key });
    if (!answer.ok) return answer;
    return typeof answer.value.deleted === 'boolean' ? success(answer.value.deleted) : malformed('delete');
  }

  async list(options: KvListOptions = {}): Promise<Result<readonly string[], KvError>> {
    const answer = await this.#ask({ op: 'list', ...options });
    if (!answer.ok) return answer;
    const { keys } = answer.value;
    if (!Array.isArray(keys)) return malformed('list');
    return success(keys.filter((key) => typeof key === 'string'));
  }

  #ask(request: KvRequest): Promise<Result<Payload, KvError>> {
    const fault = faultOf(request);
    return fault === undefined ? this.#requests.ask({ ...request }) : Promise.resolve(failure(fault));
  }
}

/** What would be refused anyway is refused here: before a value over the limit makes its way. */
function faultOf(request: KvRequest): KvError | undefined {
  if (request.op === 'list') return undefined;
  if (typeof request.key !== 'string' || request.key === '') {
    return new KvError('invalid', 'a key must be a text that is not empty');
  }
  const keyBytes = Buffer.byteLength(request.key);
  if (keyBytes > MAX_KV_KEY_BYTES) {
    return new KvError('too_large', `a key of ${keyBytes} bytes; at most ${MAX_KV_KEY_BYTES}`);
  }
  if (request.op !== 'set') return undefined;
  if (typeof request.value !== 'string') return new KvError('invalid', 'a value must be a text');
  const valueBytes = Buffer.byteLength(request.value);
  if (valueBytes <= MAX_KV_VALUE_BYTES) return undefined;
  return new KvError('too_large', `a value of ${valueBytes} bytes; at most ${MAX_KV_VALUE_BYTES}`);
}

function malformed(op: KvRequest['op']): { readonly ok: false; readonly failure: KvError } {
  return failure(new KvError('internal', `torud's answer to ${op} has not the fields that it must have`));
}
