import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SHIM_BUILDS, ShimRig } from '../fixtures/shim/rig.ts';

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** A Node script that writes these bytes to stdout at once. */
function writes(bytes: Buffer): string {
  return `process.stdout.write(Buffer.from('${bytes.toString('base64')}', 'base64'))`;
}

describe.each(SHIM_BUILDS)('the log of %s', (build) => {
  let rig: ShimRig;
  beforeEach(() => {
    rig = new ShimRig(build);
  });
  afterEach(async () => {
    await rig.dispose();
  });

  test('a line carries time, level, plugin, stream, number and run, in this order', async () => {
    const before = new Date().toISOString();
    const run = rig.shell('echo hello');
    await run.finished();
    const [line] = run.lines();
    expect(line).toEqual({
      timestamp: expect.stringMatching(TIMESTAMP),
      level: 'info',
      plugin: 'demo',
      message: 'hello',
      stream: 'stdout',
      seq: 1,
      run: 7,
    });
    expect(Object.keys(line ?? {}).join()).toBe('timestamp,level,plugin,message,stream,seq,run');
    expect(String(line?.timestamp) >= before.replace('Z', '000Z')).toBe(true);
    expect(String(line?.timestamp) <= new Date().toISOString().replace('Z', '999Z')).toBe(true);
  });

  test('both streams share one count, and a leading <N> is the level', async () => {
    const run = rig.node(`
      const { writeSync, existsSync } = require('node:fs');
      for (let n = 0; n < 8; n++) writeSync(1 + (n % 2), '<' + n + '>level ' + n + '\\n');
      writeSync(1, '<8>no level\\n<3\\n<>x\\n<3>\\n 3>y\\n');
    `);
    await run.finished();
    const lines = run.lines();
    expect(lines.map((line) => line.seq)).toEqual(lines.map((_, index) => index + 1));
    const byMessage = new Map(lines.map((line) => [line.message, line]));
    const names = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];
    for (const [n, name] of names.entries()) {
      expect(byMessage.get(`level ${n}`)).toMatchObject({ level: name, stream: n % 2 ? 'stderr' : 'stdout' });
    }
    for (const message of ['<8>no level', '<3', '<>x', ' 3>y']) {
      expect(byMessage.get(message)?.level).toBe('info');
    }
    expect(byMessage.get('')?.level).toBe('err');
  });

  test('any bytes become valid JSON: each maximal ill-formed part is one U+FFFD', async () => {
    const bytes = Buffer.concat([
      Buffer.from(
        'quote " backslash \\ tab \t cr \r nul \0 esc \x1b[31m del \x7f c1 \u0085 é € 😀 \ufeff \uffff',
      ),
      Buffer.from([0x20, 0xc0, 0xaf, 0x20, 0xe2, 0x82, 0x20, 0xf0, 0x9f, 0x98, 0x20, 0xed, 0xa0, 0x80, 0x20]),
      Buffer.from([
        0xf4, 0x90, 0x80, 0x80, 0xfe, 0xff, 0xe0, 0x80, 0x80, 0xc3, 0x28, 0x80, 0xf1, 0x80, 0x41, 0xc3,
      ]),
    ]);
    const run = rig.node(writes(Buffer.concat([bytes, Buffer.from('\n')])));
    await run.finished();
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    expect(run.lines()[0]?.message).toBe(decoder.decode(bytes));
    const raw = readFileSync(rig.path('demo.log'));
    expect(new TextDecoder('utf-8', { fatal: true }).decode(raw)).toContain('nul \\u0000 esc \\u001b[31m');
    expect([...raw].filter((byte) => (byte < 0x20 && byte !== 0x0a) || byte === 0x7f)).toEqual([]);
  });

  test('all 65,536 pairs of bytes are decoded as the WHATWG decoder does', async () => {
    const run = rig.node(`
      const all = [];
      for (let a = 0; a < 256; a++) {
        for (let b = 0; b < 256; b++) all.push(0x78, a === 10 ? 0x79 : a, b === 10 ? 0x79 : b, 0x0a);
      }
      process.stdout.write(Buffer.from(all));
    `);
    await run.finished();
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const lines = run.lines();
    expect(lines.length).toBe(65_536);
    const wrong = lines.filter((line, index) => {
      const pair = [index >> 8, index & 255].map((byte) => (byte === 10 ? 0x79 : byte));
      return line.message !== decoder.decode(Buffer.from([0x78, ...pair]));
    });
    expect(wrong).toEqual([]);
  });

  test('a line over the limit is cut at a character border, marked, and the rest thrown away', async () => {
    const run = rig.node(
      writes(Buffer.from(`${'x'.repeat(98)}${'é'.repeat(3000)}\nnext\n${'y'.repeat(100)}\n`)),
      {
        log_max_line: 99,
      },
    );
    await run.finished();
    const lines = run.lines();
    expect(lines.map((line) => line.message)).toEqual(['x'.repeat(98), 'next', 'y'.repeat(99)]);
    expect(lines.map((line) => line.cut)).toEqual([true, undefined, true]);
  });

  test('a cut halves no character, wherever the limit falls in it', async () => {
    const cases = ['é', '€', '😀'].flatMap((character) =>
      [59, 60, 61, 62, 63, 64].map((before) => 'x'.repeat(before) + character.repeat(9)),
    );
    const run = rig.node(writes(Buffer.from(cases.map((line) => `${line}\n`).join(''))), {
      log_max_line: 64,
    });
    await run.finished();
    const whole = cases.map((line) => {
      const characters = [...line];
      while (Buffer.byteLength(characters.join('')) > 64) characters.pop();
      return characters.join('');
    });
    expect(run.lines().map((line) => line.message)).toEqual(whole);
  });

  test('a line of exactly the limit is not cut, one of many megabytes costs no more than the limit', async () => {
    const run = rig.node(`
      const { writeSync } = require('node:fs');
      const all = (text) => { for (let b = Buffer.from(text); b.length > 0; ) b = b.subarray(writeSync(1, b)); };
      all('a'.repeat(65536) + '\\n');
      for (let i = 0; i < 64; i++) all('b'.repeat(1 << 17));
      all('\\nend\\n');
    `);
    await run.finished();
    const lines = run.lines();
    expect(lines.map((line) => [line.message.length, line.cut])).toEqual([
      [65_536, undefined],
      [65_536, true],
      [3, undefined],
    ]);
  });

  test('a line that comes in pieces is one line', async () => {
    const run = rig.shell(`printf one; printf two >&2; /bin/true; echo three; echo four >&2`);
    await run.finished();
    expect(
      run
        .lines()
        .map((line) => line.message)
        .sort(),
    ).toEqual(['onethree', 'twofour']);
  });

  test('a last line without its newline is written when the stream ends', async () => {
    const run = rig.shell('printf begun; exit 3');
    const events = await run.finished();
    expect(run.lines().map((line) => line.message)).toEqual(['begun']);
    expect(events.at(-1)).toMatchObject({ event: 'gone', lines: 1, lost: 0 });
  });

  test('all that was written before a crash stands in the log before `gone`', async () => {
    const run = rig.shell(
      'i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done; echo last >&2; kill -9 $$',
    );
    await run.event('gone');
    const lines = run.lines();
    expect(lines.length).toBe(501);
    expect(lines.filter((line) => line.stream === 'stderr').map((line) => line.message)).toEqual(['last']);
  });

  test('100,000 lines: none lost, torn or out of order', async () => {
    const run = rig.node(`
      const { writeSync } = require('node:fs');
      for (let n = 0; n < 100000; n += 50) {
        let piece = '';
        for (let i = n; i < n + 50; i++) piece += 'line ' + i + ' ' + 'x'.repeat(i % 90) + '\\n';
        for (let b = Buffer.from(piece); b.length > 0; ) b = b.subarray(writeSync(1, b));
      }
    `);
    const events = await run.finished();
    const lines = run.lines();
    expect(lines.length).toBe(100_000);
    const wrong = lines.filter((line, index) => {
      return line.seq !== index + 1 || line.message !== `line ${index} ${'x'.repeat(index % 90)}`;
    });
    expect(wrong).toEqual([]);
    expect(events.at(-1)).toMatchObject({ lines: 100_000, lost: 0 });
  });

  test('lines written one at a time in a flood are all there, in order', async () => {
    const run = rig.shell('i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done');
    await run.finished();
    expect(
      run.lines().filter((line, index) => line.message !== String(index) || line.seq !== index + 1),
    ).toEqual([]);
    expect(run.lines().length).toBe(20_000);
  });

  test('a plugin whose id and run need escaping still gets valid lines', async () => {
    const run = rig.shell('echo x', { id: 'a"b\\c', run: 'r"1' });
    const events = await run.finished();
    expect(run.lines()[0]).toMatchObject({ plugin: 'a"b\\c', run: 'r"1' });
    expect(events[0]).toMatchObject({ id: 'a"b\\c', run: 'r"1' });
  });
});
