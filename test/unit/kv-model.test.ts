import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KvStore } from '../../src/daemon/data/kv.ts';
import type { PluginError } from '../../src/protocol/plugin/envelope.ts';
import type { Result } from '../../src/protocol/result.ts';
import { Scratch, unwrap } from './store-scratch.ts';

const QUOTA = { maxKeys: 4, maxBytes: 60 };

interface Entry {
  readonly value: string;
  readonly version: number;
  readonly expiresAt: number;
}

/** The same store as a plain map, without a thought of speed. Remembers every version that a key ever had. */
class Model {
  readonly #plugins = new Map<string, Map<string, Entry>>();
  readonly seen = new Map<string, Set<number>>();
  now = 0;

  live(plugin: string): Map<string, Entry> {
    const all = this.#plugins.get(plugin) ?? new Map<string, Entry>();
    this.#plugins.set(plugin, all);
    for (const [key, entry] of all) if (entry.expiresAt <= this.now) all.delete(key);
    return all;
  }

  refusal(plugin: string, step: SetStep): PluginError['code'] | undefined {
    const live = this.live(plugin);
    const found = live.get(step.key);
    if (step.ifVersion !== undefined && step.ifVersion !== (found?.version ?? 0)) return 'conflict';
    if (found === undefined && live.size >= QUOTA.maxKeys) return 'too_large';
    let before = 0;
    for (const [key, entry] of live) before += Buffer.byteLength(key + entry.value);
    const old = found === undefined ? 0 : Buffer.byteLength(step.key + found.value);
    const after = before - old + Buffer.byteLength(step.key + step.value);
    return after > QUOTA.maxBytes && after > before ? 'too_large' : undefined;
  }

  /** Takes a version that the store gave, when it is one that it may give. */
  take(plugin: string, step: SetStep, version: number): void {
    const live = this.live(plugin);
    const found = live.get(step.key);
    const name = JSON.stringify([plugin, step.key]);
    const seen = this.seen.get(name) ?? new Set();
    this.seen.set(name, seen);
    if (found !== undefined) expect(version).toBe(found.version + 1);
    expect(version).toBeGreaterThan(Math.max(0, ...seen));
    seen.add(version);
    const expiresAt = step.ttlMs === undefined ? Number.POSITIVE_INFINITY : this.now + step.ttlMs;
    live.set(step.key, { value: step.value, version, expiresAt });
  }
}

interface SetStep {
  readonly op: 'set';
  readonly plugin: string;
  readonly key: string;
  readonly value: string;
  readonly ttlMs: number | undefined;
  readonly ifVersion: number | undefined;
}

type Step =
  | SetStep
  | { readonly op: 'get' | 'delete' | 'list'; readonly plugin: string; readonly key: string }
  | { readonly op: 'wait'; readonly ms: number };

const plugin = fc.constantFrom('a', 'b', 'a%');
const key = fc.constantFrom('k', 'kk', 'K', 'k%', 'ü', 'k\u0000', 'z');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('set' as const),
      plugin,
      key,
      value: fc.string({ maxLength: 25, unit: 'grapheme' }),
      ttlMs: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
      ifVersion: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined, freq: 2 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constantFrom('get' as const, 'delete' as const, 'list' as const),
      plugin,
      key,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 50 }) }),
  },
);

function check(kv: KvStore, model: Model, one: Exclude<Step, { op: 'wait' }>): void {
  const live = model.live(one.plugin);
  const found = live.get(one.key);
  switch (one.op) {
    case 'set': {
      const refusal = model.refusal(one.plugin, one);
      const answer: Result<{ readonly version: number }, PluginError> = kv.set(one.plugin, one, QUOTA);
      expect(answer.ok ? undefined : answer.failure.code).toBe(refusal);
      if (answer.ok) model.take(one.plugin, one, answer.value.version);
      return;
    }
    case 'get':
      expect(unwrap(kv.get(one.plugin, one.key))).toEqual({
        value: found?.value ?? null,
        version: found?.version ?? 0,
      });
      return;
    case 'delete':
      expect(unwrap(kv.delete(one.plugin, one.key))).toEqual({ deleted: live.delete(one.key) });
      return;
    case 'list': {
      const keys = [...live.keys()].filter((name) => name.startsWith(one.key));
      keys.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
      expect(unwrap(kv.list(one.plugin, one.key)).keys).toEqual(keys);
      expect(unwrap(kv.entries(one.plugin)).length).toBe(live.size);
      return;
    }
  }
}

it('the store does what a plain map does, and counts what it holds', () => {
  const scratch = new Scratch();
  const database = scratch.open();
  const kv = new KvStore(database, scratch.clock);
  const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
  console.log(`fast-check seed ${seed}`);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      for (const name of ['a', 'b', 'a%']) unwrap(kv.clear(name));
      const model = new Model();
      for (const one of steps) {
        if (one.op === 'wait') {
          scratch.clock.advance(one.ms);
          model.now += one.ms;
        } else check(kv, model, one);
      }
      const wrong = database.rows(
        `SELECT t.* FROM plugin_kv_totals t WHERE
          keys IS NOT (SELECT count(*) FROM plugin_kv k WHERE k.plugin_id = t.plugin_id) OR
          bytes IS NOT (SELECT coalesce(sum(octet_length(key) + octet_length(value)), 0)
            FROM plugin_kv k WHERE k.plugin_id = t.plugin_id)`,
      );
      expect(wrong).toEqual([]);
    }),
    { seed, numRuns: 60 },
  );
});
