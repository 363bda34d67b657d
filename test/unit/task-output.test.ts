/** The kept output of tasks: read forward from any offset, over files and gaps, while it grows and after. */

import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OutputCursor } from '../../src/daemon/tasks/output-cursor.ts';
import { OutputFiles } from '../../src/daemon/tasks/output-files.ts';
import { OutputHolds } from '../../src/daemon/tasks/output-holds.ts';
import { OutputMeter } from '../../src/daemon/tasks/output-total.ts';
import type { TaskOutputItem } from '../../src/protocol/control/tasks.ts';

const SEED = Number(process.env.FC_SEED ?? Date.now() & 0x7fffffff);
console.info(`fast-check seed ${SEED}`);
const ID = '01950001-0000-7000-8000-000000000000';

let folder: string;
let files: OutputFiles;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'toru-output-'));
  files = new OutputFiles(folder);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function record(
  offset: number,
  stream: 'o' | 'e',
  payload: string,
  atUs = 1_000_000 + offset * 10_000,
): string {
  return `${offset} ${atUs} ${stream} ${Buffer.byteLength(payload)}\n${payload}\n`;
}

/** A file that the shim is through with, or that it goes on with. */
function write(segment: number, text: string, isClosed = false): void {
  writeFileSync(files.path(ID, segment), text);
  if (isClosed) chmodSync(files.path(ID, segment), 0o400);
}

function readAll(cursor: OutputCursor): readonly TaskOutputItem[] {
  const items: TaskOutputItem[] = [];
  for (let next = cursor.next(); next !== undefined; next = cursor.next()) items.push(next);
  return items;
}

function brief(items: readonly TaskOutputItem[]): readonly unknown[] {
  return items.map((item) => {
    if (item.kind === 'gap') return ['gap', item.bytes, item.next];
    return item.kind === 'chunk' ? [item.stream, item.text ?? `base64:${item.base64}`, item.next] : item;
  });
}

test('records come as they were written, and go on where the reader was', () => {
  write(0, record(0, 'o', 'one\n') + record(4, 'e', 'two\n'));
  const cursor = new OutputCursor(files, ID, 0);
  expect(brief(readAll(cursor))).toEqual([
    ['stdout', 'one\n', 4],
    ['stderr', 'two\n', 8],
  ]);
  expect(cursor.next()).toBeUndefined();
  appendFileSync(files.path(ID, 0), record(8, 'o', 'three'));
  expect(brief(readAll(cursor))).toEqual([['stdout', 'three', 13]]);
  expect(cursor.rest(13)).toBeUndefined();
  expect(cursor.rest(20)).toEqual({ kind: 'gap', bytes: 7, next: 20, why: 'space' });
});

test('a record that is not whole is waited for', () => {
  const whole = record(0, 'o', 'line one\n') + record(9, 'o', 'line\ntwo');
  for (let cut = 0; cut < whole.length; cut += 1) {
    write(0, whole.slice(0, cut));
    const cursor = new OutputCursor(files, ID, 0);
    const first = brief(readAll(cursor));
    write(0, whole);
    const text = [...first, ...brief(readAll(cursor))].map((item) => (item as string[])[1]).join('');
    expect(text).toBe('line one\nline\ntwo');
  }
});

test('a gap says whether its bytes found no space or had to go for later ones', () => {
  write(0, record(0, 'o', 'abcd') + record(6, 'o', 'gh'), true);
  write(3, record(10, 'o', 'klmn') + record(16, 'o', 'qr'), true);
  write(4, record(20, 'e', 'uv'));
  const whyOf = (cursor: OutputCursor): readonly unknown[] =>
    readAll(cursor).flatMap((item) => (item.kind === 'gap' ? [item.why] : []));
  expect(whyOf(new OutputCursor(files, ID, 0))).toEqual(['space', 'cap', 'space', 'space']);
  expect(whyOf(new OutputCursor(files, ID, 8))).toEqual(['cap', 'space', 'space']);
  const slow = new OutputCursor(files, ID, 10);
  slow.next();
  // What was to be read next is removed under a slow reader.
  rmSync(files.path(ID, 3));
  expect(whyOf(slow)).toEqual(['cap']);
});

test('the reader begins at any offset, inside a record and in a later file', () => {
  write(0, record(0, 'o', 'abcd'), true);
  write(3, record(10, 'o', 'klmn'), true);
  write(4, record(14, 'e', 'opqr'));
  const from = (offset: number): readonly unknown[] => brief(readAll(new OutputCursor(files, ID, offset)));
  expect(from(0)).toEqual([
    ['stdout', 'abcd', 4],
    ['gap', 6, 10],
    ['stdout', 'klmn', 14],
    ['stderr', 'opqr', 18],
  ]);
  expect(from(2)[0]).toEqual(['stdout', 'cd', 4]);
  expect(from(6)[0]).toEqual(['gap', 4, 10]);
  expect(from(12)).toEqual([
    ['stdout', 'mn', 14],
    ['stderr', 'opqr', 18],
  ]);
  expect(from(16)).toEqual([['stderr', 'qr', 18]]);
  expect(from(99)).toEqual([]);
});

test('a reader whose file was removed in front of it goes on behind the gap', () => {
  write(0, record(0, 'o', 'abcd'), true);
  write(1, record(4, 'o', 'efgh'));
  const cursor = new OutputCursor(files, ID, 0);
  expect(brief([cursor.next() as TaskOutputItem, cursor.next() as TaskOutputItem])).toEqual([
    ['stdout', 'abcd', 4],
    ['stdout', 'efgh', 8],
  ]);
  unlinkSync(files.path(ID, 1));
  write(7, record(40, 'o', 'rest'));
  expect(brief(readAll(cursor))).toEqual([
    ['gap', 32, 40],
    ['stdout', 'rest', 44],
  ]);
});

test('bytes that are no text, or half a character, come as base64; neighbours of one moment come together', () => {
  write(0, record(0, 'o', 'é', 5_000_000) + record(2, 'o', 'x', 5_000_400) + record(3, 'e', 'y', 5_000_500));
  expect(brief(readAll(new OutputCursor(files, ID, 0)))).toEqual([
    ['stdout', 'éx', 3],
    ['stderr', 'y', 4],
  ]);
  expect(brief(readAll(new OutputCursor(files, ID, 1)))[0]).toEqual([
    'stdout',
    `base64:${Buffer.from([0xa9, 0x78]).toString('base64')}`,
    3,
  ]);
});

test('a file that somebody has written over is read as far as it makes sense', () => {
  write(0, `${record(0, 'o', 'fine')}no header at all\n`);
  expect(brief(readAll(new OutputCursor(files, ID, 0)))).toEqual([['stdout', 'fine', 4]]);
  write(0, '0 1 o 999999999\n');
  expect(readAll(new OutputCursor(files, ID, 0))).toEqual([]);
});

test('the meter tells how much there was, without reading twice, over files that came and went', () => {
  const meter = new OutputMeter(files, ID);
  expect(meter.read()).toEqual({ bytes: 0, isCut: false, segment: 0 });
  write(0, record(0, 'o', 'abcd'));
  expect(meter.read()).toEqual({ bytes: 4, isCut: false, segment: 0 });
  chmodSync(files.path(ID, 0), 0o400);
  write(1, record(4, 'o', 'efgh'));
  expect(meter.read()).toEqual({ bytes: 8, isCut: false, segment: 1 });
  unlinkSync(files.path(ID, 1));
  write(5, record(80, 'e', 'x'), true);
  write(6, record(81, 'e', 'yz'));
  expect(meter.read()).toEqual({ bytes: 83, isCut: true, segment: 6 });
});

test('the shim is told how far the follower is that is furthest, and nothing once all have left', () => {
  const holds = new OutputHolds(files);
  const told = (): number => Number(readFileSync(files.holdPath(ID), 'utf8'));
  const fast = holds.follow(ID, 0);
  const slow = holds.follow(ID, 0);
  slow.readUpTo(5, true);
  expect(told()).toBe(5);
  fast.readUpTo(100, false);
  expect(told()).toBe(5);
  fast.readUpTo(200_000, false);
  slow.readUpTo(10, true);
  expect(told()).toBe(200_000);
  fast.readUpTo(200_001, true);
  expect(told()).toBe(200_001);
  fast.end();
  expect(existsSync(files.holdPath(ID))).toBe(true);
  slow.end();
  expect(existsSync(files.holdPath(ID))).toBe(false);
  writeFileSync(files.holdPath(ID), '7');
  files.sweep(() => true);
  expect(existsSync(files.holdPath(ID))).toBe(false);
});

test('output of tasks that are not known any more is swept, the rest stays', () => {
  const other = ID.replace('0001', '0002');
  write(0, '');
  writeFileSync(files.path(other, 0), '');
  writeFileSync(files.path(other, 4), '');
  writeFileSync(join(folder, 'notes.txt'), '');
  files.sweep((id) => id === ID);
  expect(readdirSync(folder).sort()).toEqual([`${ID}.0`, 'notes.txt']);
  files.remove(ID, 0);
  expect(readdirSync(folder)).toEqual(['notes.txt']);
});

test('whatever was written in whatever pieces, a reader from anywhere gets exactly the rest', () => {
  const pieces = fc.array(
    fc.tuple(fc.constantFrom<'o' | 'e'>('o', 'e'), fc.uint8Array({ minLength: 1, maxLength: 90 })),
    {
      minLength: 1,
      maxLength: 40,
    },
  );
  fc.assert(
    fc.property(pieces, fc.nat(), fc.integer({ min: 1, max: 9 }), (all, start, perFile) => {
      const whole = Buffer.concat(all.map(([, bytes]) => bytes));
      for (const number of files.segments(ID)) rmSync(files.path(ID, number));
      let offset = 0;
      for (const [index, [stream, bytes]] of all.entries()) {
        const path = files.path(ID, Math.floor(index / perFile));
        const header = `${offset} ${1_000_000 + index * 300} ${stream} ${bytes.length}\n`;
        appendFileSync(path, Buffer.concat([Buffer.from(header), bytes, Buffer.from('\n')]));
        offset += bytes.length;
      }
      const last = Math.floor((all.length - 1) / perFile);
      for (let number = 0; number < last; number += 1) chmodSync(files.path(ID, number), 0o400);
      const from = start % (whole.length + 1);
      const read = readAll(new OutputCursor(files, ID, from)).map((item) =>
        item.kind === 'chunk'
          ? item.text === undefined
            ? Buffer.from(item.base64 ?? '', 'base64')
            : Buffer.from(item.text)
          : Buffer.alloc(0),
      );
      expect(Buffer.concat(read).equals(whole.subarray(from))).toBe(true);
      expect(new OutputMeter(files, ID).read().bytes).toBe(whole.length);
    }),
    { seed: SEED, numRuns: 200 },
  );
});
