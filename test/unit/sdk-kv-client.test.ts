import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KvClient } from '../../plugins/sdk/kv-client.ts';
import { KvError } from '../../plugins/sdk/kv-error.ts';
import { KvRequests, MAX_PENDING_REQUESTS, type Payload } from '../../plugins/sdk/kv-requests.ts';

let sent: { requestId: string; payload: Payload }[];
let requests: KvRequests;
let kv: KvClient;

/** Puts a core at the other end, which answers nothing by itself. */
function attach(): void {
  requests.attach((requestId, payload) => {
    sent.push({ requestId, payload });
    return undefined;
  });
}

function answer(index: number, payload: Payload): boolean {
  return requests.onAnswered(sent[index]?.requestId ?? '', payload);
}

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  requests = new KvRequests(1_000);
  kv = new KvClient(requests);
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the kv client', () => {
  it('asks in the words of the protocol', () => {
    attach();
    void kv.get('a');
    void kv.set('a', '1', { ttlMs: 5, ifVersion: 0 });
    void kv.delete('a');
    void kv.list({ prefix: 'x', limit: 3 });
    expect(sent.map(({ payload }) => payload)).toEqual([
      { op: 'get', key: 'a' },
      { op: 'set', key: 'a', value: '1', ttl_ms: 5, if_version: 0 },
      { op: 'delete', key: 'a' },
      { op: 'list', prefix: 'x', limit: 3 },
    ]);
    expect(new Set(sent.map(({ requestId }) => requestId)).size).toBe(4);
  });

  it('gives each answer to its own question, in any order', async () => {
    attach();
    const first = kv.get('a');
    const second = kv.get('b');
    answer(1, { value: 'B', version: 2 });
    answer(0, { value: null, version: 0 });
    expect(await first).toEqual({ ok: true, value: { value: null, version: 0 } });
    expect(await second).toEqual({ ok: true, value: { value: 'B', version: 2 } });
  });

  it('hands on the error of the core as a value', async () => {
    attach();
    const written = kv.set('a', '1', { ifVersion: 4 });
    answer(0, { error: { code: 'conflict', message: 'the stored version is 5' } });
    const outcome = await written;
    expect(outcome).toMatchObject({
      ok: false,
      failure: { code: 'conflict', message: 'the stored version is 5' },
    });
    expect(!outcome.ok && outcome.failure).toBeInstanceOf(KvError);
  });

  it('gives up after its time limit, and takes no late answer', async () => {
    attach();
    const read = kv.get('a');
    vi.advanceTimersByTime(1_000);
    expect(await read).toMatchObject({ ok: false, failure: { code: 'timeout' } });
    expect(answer(0, { value: '1', version: 1 })).toBe(false);
  });

  it('waits without a limit while there is no core, and asks again when it is back', async () => {
    attach();
    const written = kv.set('a', '1');
    requests.detach();
    vi.advanceTimersByTime(60_000);
    attach();
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
    answer(1, { version: 1 });
    expect(await written).toEqual({ ok: true, value: 1 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('asks again in the order of asking', () => {
    for (const key of ['a', 'b', 'c']) void kv.get(key);
    attach();
    expect(sent.map(({ payload }) => payload.key)).toEqual(['a', 'b', 'c']);
  });

  it('lets a bounded number wait', async () => {
    for (let count = 0; count < MAX_PENDING_REQUESTS; count += 1) void kv.get('a');
    expect(await kv.get('a')).toMatchObject({ ok: false, failure: { code: 'unavailable' } });
  });

  it('answers everything when the plugin ends', async () => {
    attach();
    const waiting = kv.get('a');
    requests.close('the plugin ends');
    expect(await waiting).toMatchObject({ ok: false, failure: { code: 'unavailable' } });
    expect(await kv.get('b')).toMatchObject({ ok: false, failure: { code: 'unavailable' } });
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['an empty key', '', 'v', 'invalid'],
    ['a key over 512 bytes', 'ä'.repeat(257), 'v', 'too_large'],
    ['a value over 1 MiB', 'k', 'x'.repeat(1024 * 1024 + 1), 'too_large'],
  ])('refuses %s without asking', async (_, key, value, code) => {
    attach();
    expect(await kv.set(key, value)).toMatchObject({ ok: false, failure: { code } });
    expect(sent).toEqual([]);
  });

  it('calls an answer without its fields internal', async () => {
    attach();
    const written = kv.set('a', '1');
    answer(0, {});
    expect(await written).toMatchObject({ ok: false, failure: { code: 'internal' } });
  });
});
