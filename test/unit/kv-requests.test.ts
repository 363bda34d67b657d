import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KvStore } from '../../src/daemon/data/kv.ts';
import { serveKv } from '../../src/daemon/data/kv-requests.ts';
import { PLUGIN_ERROR_CODES } from '../../src/protocol/plugin/envelope.ts';
import { MAX_KV_KEY_BYTES, MAX_KV_VALUE_BYTES } from '../../src/protocol/plugin/messages.ts';
import { failureOf, Scratch, unwrap } from './store-scratch.ts';

const QUOTA = { maxKeys: 100, maxBytes: 10_000_000 };

function served(): (payload: unknown) => ReturnType<typeof serveKv> {
  const scratch = new Scratch();
  const kv = new KvStore(scratch.open(), scratch.clock);
  return (payload) => serveKv(kv, 'a', payload, QUOTA);
}

describe('kv requests of a plugin', () => {
  it('are answered as the protocol says', () => {
    const ask = served();
    expect(unwrap(ask({ op: 'get', key: 'k' }))).toEqual({ value: null, version: 0 });
    expect(unwrap(ask({ op: 'set', key: 'k', value: 'v' }))).toEqual({ version: 1 });
    expect(unwrap(ask({ op: 'set', key: 'k', value: 'w', if_version: 1, ttl_ms: 5 }))).toEqual({
      version: 2,
    });
    expect(unwrap(ask({ op: 'get', key: 'k', plugin: 'b', plugin_id: 'b' }))).toEqual({
      value: 'w',
      version: 2,
    });
    expect(unwrap(ask({ op: 'list' }))).toEqual({ keys: ['k'] });
    expect(unwrap(ask({ op: 'list', prefix: 'x', limit: 1 }))).toEqual({ keys: [] });
    expect(unwrap(ask({ op: 'delete', key: 'k' }))).toEqual({ deleted: true });
    expect(unwrap(ask({ op: 'delete', key: 'k' }))).toEqual({ deleted: false });
    expect(failureOf(ask({ op: 'set', key: 'k', value: 'v', if_version: 9 })).code).toBe('conflict');
  });

  it('take an optional field that is null for absent', () => {
    const ask = served();
    expect(ask({ op: 'set', key: 'k', value: 'v', ttl_ms: null, if_version: null }).ok).toBe(true);
    expect(unwrap(ask({ op: 'list', prefix: null, limit: null, after: null }))).toEqual({ keys: ['k'] });
  });

  it.each([
    [null],
    [5],
    [[]],
    ['get'],
    [{}],
    [{ op: 'drop', key: 'k' }],
    [{ op: 'constructor', key: 'k' }],
    [{ op: ['get'], key: 'k' }],
    [{ op: 'get' }],
    [{ op: 'get', key: 7 }],
    [{ op: 'get', key: '' }],
    [{ op: 'get', key: 'a\ud800' }],
    [{ op: 'set', key: 'k' }],
    [{ op: 'set', key: 'k', value: { a: 1 } }],
    [{ op: 'set', key: 'k', value: '\udc00' }],
    [{ op: 'set', key: 'k', value: 'v', ttl_ms: 0 }],
    [{ op: 'set', key: 'k', value: 'v', ttl_ms: -1 }],
    [{ op: 'set', key: 'k', value: 'v', ttl_ms: 1.5 }],
    [{ op: 'set', key: 'k', value: 'v', ttl_ms: 1e300 }],
    [{ op: 'set', key: 'k', value: 'v', ttl_ms: '5' }],
    [{ op: 'set', key: 'k', value: 'v', if_version: -1 }],
    [{ op: 'set', key: 'k', value: 'v', if_version: 0.5 }],
    [{ op: 'list', prefix: 1 }],
    [{ op: 'list', limit: 0 }],
    [{ op: 'list', limit: Number.NaN }],
  ])('are refused in one line when wrong: %j', (payload) => {
    const ask = served();
    const refusal = failureOf(ask(payload));
    expect(refusal.code).toBe('invalid');
    expect(refusal.message).toMatch(/^[^\n]{5,200}$/);
    expect(unwrap(ask({ op: 'list' }))).toEqual({ keys: [] });
  });

  it('may have a key and a value of just the limit, and not a byte more', () => {
    const ask = served();
    const key = 'ü'.repeat(MAX_KV_KEY_BYTES / 2);
    const value = '€'.repeat(Math.floor(MAX_KV_VALUE_BYTES / 3)) + 'x'.repeat(MAX_KV_VALUE_BYTES % 3);
    expect(ask({ op: 'set', key, value }).ok).toBe(true);
    expect(unwrap(ask({ op: 'get', key }))).toEqual({ value, version: 1 });
    expect(failureOf(ask({ op: 'set', key: `${key}x`, value: '' })).code).toBe('too_large');
    expect(failureOf(ask({ op: 'set', key: 'k', value: `${value}x` })).code).toBe('too_large');
    expect(failureOf(ask({ op: 'get', key: 'x'.repeat(3_000_000) })).code).toBe('too_large');
  });

  it('never throw, whatever the payload is', () => {
    const ask = served();
    const field = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.integer(),
      fc.constant(null),
      fc.object(),
    );
    const payload = fc.oneof(
      fc.anything(),
      fc.record(
        {
          op: fc.oneof(fc.constantFrom('get', 'set', 'delete', 'list'), field),
          key: field,
          value: field,
          ttl_ms: field,
          if_version: field,
          prefix: field,
          limit: field,
          after: field,
        },
        { requiredKeys: [] },
      ),
    );
    const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
    console.log(`fast-check seed ${seed}`);
    fc.assert(
      fc.property(payload, (one) => {
        const answer = ask(one);
        if (!answer.ok) expect(PLUGIN_ERROR_CODES).toContain(answer.failure.code);
      }),
      { seed, numRuns: 300 },
    );
  });
});
