/** Unpacking archives: what is taken, and that everything doubtful is refused with nothing left behind. */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unpack } from '../../src/daemon/install/unpack.ts';
import { UNPACK_LIMITS, type UnpackLimits } from '../../src/daemon/install/unpack-limits.ts';
import { paxPart, type TarPart, tarBytes, tarPart } from '../rig/tar-bytes.ts';

const seed = Number(process.env.TORU_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

let folder: string;
let into: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'toru-unpack-'));
  mkdirSync(join(folder, 'jail'));
  into = join(folder, 'jail', 'new');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function take(bytes: Buffer, name = 'web.tgz', limits: UnpackLimits = UNPACK_LIMITS) {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return unpack(file, into, { limits });
}

function gz(...parts: readonly TarPart[]): Buffer {
  return gzipSync(tarBytes(...parts));
}

/** What was refused, in words; checks that nothing is left of it. */
async function refusal(bytes: Buffer, name?: string, limits?: UnpackLimits): Promise<string> {
  const result = await take(bytes, name, limits);
  if (result.ok) throw new Error(`it was taken: ${JSON.stringify(result.value)}`);
  expect(readdirSync(join(folder, 'jail'))).toEqual([]);
  expect(result.failure.message).not.toMatch(/\n/);
  return `${result.failure.code}: ${result.failure.message}`;
}

const MANIFEST: TarPart = { name: 'web/plugin.json', content: '{}' };

test('an archive with one folder at the top gives that folder', async () => {
  const result = await take(
    gz({ name: 'web/', type: '5', mode: 0o755 }, MANIFEST, { name: 'web/run', mode: 0o755 }),
  );
  expect(result).toEqual({
    ok: true,
    value: { kind: 'folder', path: join(into, 'web'), name: 'web', files: 2, bytes: 2 },
  });
  expect(statSync(join(into, 'web/run')).mode & 0o7777).toBe(0o755);
});

test('an archive of what is in the folder is taken as it is, with or without ./', async () => {
  for (const prefix of ['', './']) {
    const result = await take(
      gz({ name: `${prefix}plugin.json` }, { name: `${prefix}lib/a`, content: 'abc' }),
      'my-web.tar.gz',
    );
    expect(result).toMatchObject({ ok: true, value: { path: into, name: 'my-web', files: 2, bytes: 3 } });
    rmSync(into, { recursive: true });
  }
});

test('a plain tar archive is taken as well', async () => {
  expect(await take(tarBytes(MANIFEST), 'web.tar')).toMatchObject({ ok: true, value: { name: 'web' } });
});

test('names may come in a prefix, in a pax header, or as a GNU long name', async () => {
  const long = `${'d'.repeat(120)}/${'e'.repeat(120)}`;
  const result = await take(
    gz(
      { name: 'a', prefix: 'deep', content: '1' },
      paxPart({ path: `pax/${long}` }),
      { name: 'cut', content: '2' },
      { name: '././@LongLink', type: 'L', content: `gnu/${long}\0` },
      { name: 'cut', content: '3' },
    ),
  );
  expect(result.ok).toBe(true);
  expect(readFileSync(join(into, 'deep/a'), 'utf8')).toBe('1');
  expect(readFileSync(join(into, 'pax', long), 'utf8')).toBe('2');
  expect(readFileSync(join(into, 'gnu', long), 'utf8')).toBe('3');
});

test('links that stay inside are made, symbolic and hard ones', async () => {
  const result = await take(
    gz(
      { name: 'web/lib/libx.so.1.2', content: 'code' },
      { name: 'web/lib/libx.so.1', type: '2', target: 'libx.so.1.2' },
      { name: 'web/lib/libx.so', type: '2', target: 'libx.so.1' },
      { name: 'web/up', type: '2', target: './lib/../lib' },
      { name: 'web/same', type: '1', target: 'web/lib/libx.so.1.2' },
    ),
  );
  expect(result.ok).toBe(true);
  expect(readFileSync(join(into, 'web/up/libx.so'), 'utf8')).toBe('code');
  expect(readFileSync(join(into, 'web/same'), 'utf8')).toBe('code');
});

test('nobody but the owner may write to what was unpacked', async () => {
  await take(
    gz(
      { name: 'web/', type: '5', mode: 0o2777 },
      { name: 'web/a', mode: 0o666 },
      { name: 'web/b', mode: 0o777 },
    ),
  );
  const modes = ['web', 'web/a', 'web/b'].map((path) => statSync(join(into, path)).mode & 0o7777);
  expect(modes).toEqual([0o755, 0o644, 0o755]);
});

const REFUSED: readonly (readonly [story: string, parts: readonly TarPart[], reason: RegExp])[] = [
  ['a path with ..', [{ name: '../evil' }], /leads out of the folder by "\.\."/],
  ['a path with .. in the middle', [{ name: 'web/../../evil' }], /leads out/],
  ['a path with .. that would stay inside', [{ name: 'web/a/../b' }], /leads out/],
  ['an absolute path', [{ name: '/etc/evil' }], /absolute/],
  ['an absolute path in a pax header', [paxPart({ path: '/etc/evil' }), { name: 'fine' }], /absolute/],
  ['.. in a pax header', [paxPart({ path: 'web/../../evil' }), { name: 'fine' }], /leads out/],
  ['.. in a GNU long name', [{ name: 'x', type: 'L', content: '../evil\0' }, { name: 'fine' }], /leads out/],
  ['.. by way of the prefix', [{ name: 'evil', prefix: '..' }], /leads out/],
  [
    'a path for all entries',
    [paxPart({ path: 'evil' }, 'g'), { name: 'fine' }],
    /for all entries sets "path"/,
  ],
  ['a backslash', [{ name: '..\\evil' }], /backslash/],
  ['NUL in a pax path', [paxPart({ path: 'a\0b' }), { name: 'fine' }], /control character/],
  ['a newline in a name', [{ name: 'a\nb' }], /control character/],
  ['a name that is not UTF-8', [{ name: Buffer.from([0x61, 0xff]) }], /not UTF-8/],
  ['a name too long', [paxPart({ path: 'n'.repeat(256) }), { name: 'fine' }], /longer than 255 bytes/],
  ['a path too long', [paxPart({ path: 'n/'.repeat(2100) }), { name: 'fine' }], /longer than 4096 bytes/],
  ['folders without end', [paxPart({ path: 'n/'.repeat(200) }), { name: 'fine' }], /more than 128 folders/],
  [
    'an absolute link',
    [{ name: 'l', type: '2', target: '/etc/passwd' }],
    /leads out of the folder, to "\/etc/,
  ],
  ['a link with ..', [{ name: 'web/l', type: '2', target: '../../x' }], /leads out/],
  ['a link beside the top folder', [MANIFEST, { name: 'web/l', type: '2', target: '../other' }], /leads out/],
  [
    'a link that leads out by way of another link',
    [
      { name: 'a/b/l', type: '2', target: '../..' },
      { name: 'a/b/m', type: '2', target: 'l/../..' },
      { name: 'z' },
    ],
    /leads out/,
  ],
  [
    'links in a circle',
    [
      { name: 'a', type: '2', target: 'b' },
      { name: 'b', type: '2', target: 'a' },
    ],
    /in a circle/,
  ],
  [
    'a file below a link',
    [{ name: 'a', type: '2', target: 'b' }, { name: 'b/', type: '5' }, { name: 'a/evil' }],
    /goes through the link "a"/,
  ],
  ['a file below a file', [{ name: 'a' }, { name: 'a/b' }], /goes through the file "a"/],
  [
    'a link in the place of a folder',
    [{ name: 'a/b' }, { name: 'a', type: '2', target: '.' }],
    /there twice/,
  ],
  ['a file twice', [{ name: 'a' }, { name: './a' }], /"a" is there twice/],
  ['a hard link to the outside', [{ name: 'l', type: '1', target: '/etc/passwd' }], /absolute/],
  ['a hard link with ..', [{ name: 'l', type: '1', target: '../x' }], /leads out/],
  [
    'a hard link to what comes later',
    [{ name: 'l', type: '1', target: 'x' }, { name: 'x' }],
    /no file before it/,
  ],
  [
    'a hard link through a link',
    [
      { name: 's', type: '2', target: '.' },
      { name: 'l', type: '1', target: 's' },
    ],
    /leads through the link/,
  ],
  ['a character device', [{ name: 'd', type: '3' }], /character device/],
  ['a block device', [{ name: 'd', type: '4' }], /block device/],
  ['a FIFO', [{ name: 'd', type: '6' }], /FIFO/],
  ['a sparse file', [{ name: 'd', type: 'S' }], /sparse/],
  ['a sparse file in a pax header', [paxPart({ 'GNU.sparse.major': '1' }), { name: 'd' }], /sparse/],
  ['a type that nobody knows', [{ name: 'd', type: 'q' }], /unknown type "q"/],
  ['set-user-ID', [{ name: 'run', mode: 0o4755 }], /set-user-ID bit set \(mode 04755\)/],
  ['set-group-ID', [{ name: 'run', mode: 0o2755 }], /set-group-ID/],
  ['sticky', [{ name: 'run', mode: 0o1644 }], /sticky/],
  ['a wrong checksum', [{ name: 'a', checksum: 1 }], /checksum/],
  ['a negative size', [{ name: 'a', rawSize: Buffer.alloc(12, 0xff) }], /number that is none/],
  [
    'a size beyond all',
    [{ name: 'a', rawSize: Buffer.from([0x80, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) }],
    /number that is none/,
  ],
  ['a size beyond the limit', [{ name: 'a', size: 8 * 1024 ** 3 - 1 }], /more than 1 GiB/],
  ['a size larger than the archive', [{ name: 'a', size: 4096 }], /cut off/],
  ['a folder with a size', [{ name: 'a/', type: '5', content: 'x' }], /is no file but has a size/],
  ['a pax header without its entry', [paxPart({ path: 'a' })], /ends after a header/],
  ['a malformed pax header', [{ name: 'x', type: 'x', content: '99 path=a\n' }, { name: 'a' }], /malformed/],
  ['a pax size that is none', [paxPart({ size: '-1' }), { name: 'a' }], /size that is none/],
  [
    'a pax header without end',
    [{ name: 'x', type: 'x', content: Buffer.alloc(65 * 1024) }, { name: 'a' }],
    /longer than 64 KiB/,
  ],
  ['nothing in it', [], /no file at all/],
];

for (const [story, parts, reason] of REFUSED) {
  test(`refused: ${story}`, async () => {
    const said = await refusal(gz(...parts));
    expect(said).toMatch(/^invalid: /);
    expect(said).toMatch(reason);
  });
}

test('refused: what is cut off, damaged, or goes on after its end', async () => {
  const whole = gz(MANIFEST, { name: 'web/data', content: Buffer.alloc(5000, 'ab') });
  expect(await refusal(whole.subarray(0, whole.length - 20))).toMatch(/cut off/);
  expect(await refusal(gzipSync(tarBytes(MANIFEST).subarray(0, 700)))).toMatch(/cut off/);
  expect(await refusal(gzipSync(tarPart(MANIFEST)))).toMatch(/cut off/);
  expect(await refusal(gzipSync(Buffer.concat([tarBytes(MANIFEST), Buffer.from('more')])))).toMatch(
    /after its end/,
  );
  const damaged = Buffer.from(whole);
  damaged.writeUInt32LE(0, damaged.length - 8);
  expect(await refusal(damaged)).toMatch(/damaged/);
});

test('refused: what is no archive, or one of another kind, by its contents', async () => {
  expect(await refusal(Buffer.from('just text'), 'web.tgz')).toMatch(/not packed by gzip/);
  expect(await refusal(tarBytes(MANIFEST), 'web.tar.gz')).toMatch(/not packed by gzip/);
  expect(await refusal(Buffer.from('just text'), 'web.tar')).toMatch(/no tar archive/);
  expect(await refusal(Buffer.from('PK\x03\x04rest'), 'web.zip')).toMatch(/zip/);
  expect(await refusal(Buffer.from('\xfd7zXZ\0', 'latin1'), 'web.tar.xz')).toMatch(/xz/);
  expect(await refusal(gzipSync(Buffer.alloc(0)))).toMatch(/cut off/);
});

test('refused: more bytes or entries than the limits allow, whatever the headers say', async () => {
  const limits = { ...UNPACK_LIMITS, maxBytes: 10_000, maxEntries: 5 };
  const big = { name: 'big', content: Buffer.alloc(10_001) };
  expect(await refusal(gz(big), 'web.tgz', limits)).toMatch(/more than 10000 bytes/);
  const halves = ['a', 'b'].map((name) => ({ name, content: Buffer.alloc(6000) }));
  expect(await refusal(gz(...halves), 'web.tgz', limits)).toMatch(/more than 10000 bytes/);
  const many = Array.from({ length: 6 }, (_, index) => ({ name: `f${index}` }));
  expect(await refusal(gz(...many), 'web.tgz', limits)).toMatch(/more than 5 files and folders/);
  expect(await refusal(gz({ name: 'a/b/c/d/e/f' }), 'web.tgz', limits)).toMatch(
    /more than 5 files and folders/,
  );
});

test('refused: a bomb, long before it has unpacked', async () => {
  const limits = { ...UNPACK_LIMITS, minRatioBytes: 1024 * 1024 };
  const bomb = gz({ name: 'zeros', content: Buffer.alloc(32 * 1024 * 1024) });
  expect(await refusal(bomb, 'web.tgz', limits)).toMatch(/more than 200 times its size/);
});

test('it stops when nobody waits any more', async () => {
  const file = join(folder, 'web.tgz');
  writeFileSync(file, gz(MANIFEST));
  const result = await unpack(file, into, { signal: AbortSignal.abort() });
  expect(result).toMatchObject({ ok: false, failure: { code: 'interrupted' } });
  expect(existsSync(into)).toBe(false);
});

test('whatever the bytes are, it answers, and writes nothing beside its folder', {
  timeout: 60_000,
}, async () => {
  const good = tarBytes(
    { name: 'web/', type: '5', mode: 0o755 },
    { name: 'web/plugin.json', content: '{"id":"web"}' },
    paxPart({ path: 'web/long/name', mtime: '1' }),
    { name: 'cut', content: 'x'.repeat(700) },
    { name: 'web/link', type: '2', target: 'plugin.json' },
    { name: 'web/hard', type: '1', target: 'web/plugin.json' },
    { name: 'x', type: 'L', content: 'web/gnu\0' },
    { name: 'cut', content: 'y' },
  );
  const change = fc.tuple(
    fc.nat(good.length - 1),
    fc.oneof(fc.nat(255), fc.constantFrom(0, 0x2e, 0x2f, 0x31, 0x32, 0x35)),
  );
  const damage = fc.record({
    changes: fc.array(change, { maxLength: 8 }),
    end: fc.option(fc.nat(good.length)),
    mendsSums: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ changes, end, mendsSums }) => {
      const bytes = Buffer.from(good);
      for (const [at, byte] of changes) bytes[at] = byte;
      if (mendsSums) mendChecksums(bytes);
      await take(end === null ? bytes : bytes.subarray(0, end), 'fuzz.tar');
      expect(readdirSync(folder).sort()).toEqual(['fuzz.tar', 'jail']);
      expect(readdirSync(join(folder, 'jail')).filter((name) => name !== 'new')).toEqual([]);
      rmSync(into, { recursive: true, force: true });
    }),
    { seed, numRuns: 250, verbose: true },
  );
});

/** So that what was changed in a header is looked at as well. */
function mendChecksums(bytes: Buffer): void {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    if (bytes.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
    bytes.fill(' ', at + 148, at + 156);
    const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
  }
}
