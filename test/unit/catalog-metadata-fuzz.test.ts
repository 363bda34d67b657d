import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readMetadata } from '../../src/daemon/catalog/metadata-reader.ts';

/** Seed of this run; a failure prints it, and TORU_TEST_SEED repeats it. */
const seed = Number(process.env.TORU_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

function check(bytes: Uint8Array): void {
  const read = readMetadata(bytes, '/plugins/x/plugin.json', 'plugins/x/plugin.json');
  if (read.ok) {
    expect(read.value.metadata.id).toMatch(/^[a-z0-9][a-z0-9._-]{0,63}$/);
    expect(JSON.parse(JSON.stringify(read.value.metadata))).toMatchObject({ version: expect.any(String) });
    return;
  }
  expect(read.failure.reason).toMatch(/^plugins\/x\/plugin\.json[^\p{Cc}\u2028\u2029]+$/u);
  expect(read.failure.reason.length).toBeLessThan(500);
}

const FIELDS = [
  'id',
  'name',
  'version',
  'description',
  'icon',
  'protocol',
  'runtime',
  'command',
  'transport',
  'route',
  'bundle',
  'http_socket',
  'api',
  'hooks',
  'restart',
  'health',
  'stop',
  'limits',
  'environment',
  'log',
  'start_seconds',
  'start',
  '__proto__',
  'constructor',
];
const SETTINGS = [
  'policy',
  'delays_ms',
  'limit',
  'grace',
  'grace_ms',
  'signal',
  'interval',
  'memory',
  'max_size',
  '__proto__',
  'toString',
];

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom('1.0.0', 'web', 'none', 'always', '30s', '10M', 0, 1, -1, 1e308, true, null),
  fc.dictionary(fc.constantFrom(...SETTINGS), fc.jsonValue({ maxDepth: 1 })),
);

test(`any bytes give an entry or one line (seed ${seed})`, () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), check), { seed, numRuns: 1000, verbose: true });
});

test(`any JSON value gives an entry or one line (seed ${seed})`, () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (json) => check(Buffer.from(json))),
    { seed, numRuns: 500, verbose: true },
  );
});

test(`any values in the known fields give an entry or one line (seed ${seed})`, () => {
  const good = { id: 'web', name: 'web', version: '1.0.0' };
  const fields = fc.dictionary(fc.constantFrom(...FIELDS), value, { maxKeys: 6 });
  fc.assert(
    fc.property(fields, fc.boolean(), (document, isCompleted) => {
      check(Buffer.from(JSON.stringify(isCompleted ? { ...document, ...good } : document, null, 1)));
    }),
    { seed, numRuns: 2000, verbose: true },
  );
});

test(`a good document with some bytes changed or cut gives an entry or one line (seed ${seed})`, () => {
  const document = Buffer.from(
    JSON.stringify(
      { id: 'web', name: 'Wéb', version: '1.0.0', command: ['web'], restart: { policy: 'always' } },
      null,
      2,
    ),
  );
  const change = fc.record({ at: fc.nat(document.length - 1), byte: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 4 }), fc.nat(document.length), (changes, end) => {
      const bytes = Buffer.from(document);
      for (const { at, byte } of changes) bytes[at] = byte;
      check(bytes.subarray(0, end));
    }),
    { seed, numRuns: 1000, verbose: true },
  );
});

test('deep, long and repetitive documents are refused at once', () => {
  for (const piece of ['[', '{"a":', '"', '\\', '[{"a":[', '-', '1', '\ufffd', '{"a":1,']) {
    const started = process.cpuUsage();
    check(Buffer.from(piece.repeat(Math.floor((64 * 1024) / Buffer.byteLength(piece)))));
    const { user, system } = process.cpuUsage(started);
    expect(user + system).toBeLessThan(1_000_000);
  }
});
