import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OutputCursor } from '../../src/daemon/tasks/output-cursor.ts';
import { OutputFiles } from '../../src/daemon/tasks/output-files.ts';
import { SHIM_BUILDS, ShimRig, untilSeen } from '../fixtures/shim/rig.ts';
import { NEEDS_MOUNT, SmallDisk } from '../rig/small-disk.ts';
import { bytesOf } from '../rig/task-stage.ts';

interface Record {
  readonly offset: number;
  readonly atUs: number;
  readonly stream: string;
  readonly payload: Buffer;
}

/** Records of a file; throws when it holds anything else. */
function records(file: string): readonly Record[] {
  const bytes = readFileSync(file);
  const found: Record[] = [];
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, at);
    const header = /^(\d+) (\d+) ([oe]) (\d+)$/.exec(bytes.toString('latin1', at, newline));
    if (header === null) throw new Error(`no header at ${at}`);
    const end = newline + 1 + Number(header[4]);
    if (bytes[end] !== 0x0a) throw new Error(`no newline behind the record at ${at}`);
    const payload = bytes.subarray(newline + 1, end);
    found.push({ offset: Number(header[1]), atUs: Number(header[2]), stream: header[3] ?? '', payload });
    at = end + 1;
  }
  return found;
}

function textOf(found: readonly Record[], stream?: string): string {
  const wanted = found.filter((one) => stream === undefined || one.stream === stream);
  return Buffer.concat(wanted.map((one) => one.payload)).toString('latin1');
}

describe.each(SHIM_BUILDS)('the output of a task under %s', (build) => {
  let rig: ShimRig;
  beforeEach(() => {
    rig = new ShimRig(build);
  });
  afterEach(async () => {
    await rig.dispose();
  });

  const capture = (
    head = 65_536,
    segment = 65_536,
  ): { log: undefined; output: string; output_head: number; output_segment: number } => ({
    log: undefined,
    output: rig.path('out'),
    output_head: head,
    output_segment: segment,
  });

  test('is kept byte by byte, apart by stream, in the order written, with the time', async () => {
    const step = rig.gate('step');
    const run = rig.shell(
      `printf 'a\\000b\\377'; read x < step; echo err >&2; read x < step; echo end`,
      capture(),
    );
    const seen = (count: number) =>
      untilSeen(
        rig.folder,
        () => (existsSync(rig.path('out.0')) && records(rig.path('out.0')).length === count) || undefined,
      );
    await seen(1);
    step();
    await seen(2);
    step();
    const events = await run.finished();
    const found = records(rig.path('out.0'));
    expect(found.map(({ stream, offset, payload }) => [stream, offset, payload.toString('latin1')])).toEqual([
      ['o', 0, 'a\0b\xff'],
      ['e', 4, 'err\n'],
      ['o', 8, 'end\n'],
    ]);
    for (const { atUs } of found) expect(Math.abs(atUs / 1000 - Date.now())).toBeLessThan(60_000);
    expect(events.find((event) => event.event === 'exited')).toMatchObject({ code: 0, outputBytes: 12 });
    expect(events.at(-1)).toMatchObject({
      event: 'gone',
      outputBytes: 12,
      outputLost: 0,
      outputSegment: 0,
      outputCut: false,
    });
    expect(statSync(rig.path('out.0')).mode & 0o777).toBe(0o600);
    expect(existsSync(rig.path('demo.log'))).toBe(false);
  });

  test('is there at once, also a line that is not finished', async () => {
    const go = rig.gate('go');
    const run = rig.shell('printf partial; read x < go', capture());
    await untilSeen(
      rig.folder,
      () => (existsSync(rig.path('out.0')) && textOf(records(rig.path('out.0'))) === 'partial') || undefined,
    );
    go();
    await run.finished();
  });

  test('keeps its beginning and its end when it grows over the limit, and no more than that', async () => {
    const bytes = 1_000_000;
    const script = `const { writeSync } = require('node:fs'); const all = Buffer.alloc(${bytes}, (n) => 0); for (let n = 0; n < all.length; n++) all[n] = 97 + (n % 23);
      for (let n = 0; n < all.length; ) n += writeSync(1, all, n, Math.min(5000, all.length - n));`;
    const events = await rig.node(script, capture(20_000, 30_000)).finished();
    const gone = events.at(-1);
    expect(gone).toMatchObject({ event: 'gone', outputBytes: bytes, outputLost: 0, outputCut: true });
    const newest = Number(gone?.outputSegment);
    const files = readdirSync(rig.folder).filter((name) => name.startsWith('out.'));
    expect(files.sort()).toEqual(['out.0', `out.${newest - 1}`, `out.${newest}`].sort());
    const found = files
      .flatMap((name) => records(rig.path(name)))
      .sort((one, other) => one.offset - other.offset);
    for (const { offset, payload } of found) {
      for (const [index, byte] of payload.entries()) expect(byte).toBe(97 + ((offset + index) % 23));
    }
    const last = found.at(-1);
    expect((last?.offset ?? 0) + (last?.payload.length ?? 0)).toBe(bytes);
    expect(textOf(records(rig.path('out.0'))).length).toBeGreaterThan(19_000);
    for (const name of files)
      expect(statSync(rig.path(name)).size).toBeLessThanOrEqual(name === 'out.0' ? 20_000 : 30_000);
  });

  test('waits for a reader that moves, so that it misses nothing', async () => {
    const bytes = 300_000;
    const id = '01950001-0000-7000-8000-000000000000';
    const hold = rig.path(`${id}.hold`);
    writeFileSync(hold, '0');
    const values = { ...capture(4096, 8192), output: rig.path(id), output_hold_ms: 60_000 };
    const run = rig.shell(`seq 1 100000 | head -c ${bytes}`, values);
    const cursor = new OutputCursor(new OutputFiles(rig.folder), id, 0);
    const read: Buffer[] = [];
    while (cursor.position < bytes) {
      const piece = await untilSeen(rig.folder, () => cursor.next());
      if (piece.kind === 'chunk') read.push(bytesOf(piece));
      writeFileSync(hold, String(cursor.position).padStart(20, '0'));
    }
    const gone = (await run.finished()).at(-1);
    expect(gone).toMatchObject({ outputBytes: bytes, outputLost: 0, outputCut: true });
    const whole = Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join('');
    expect(Buffer.concat(read).toString()).toBe(whole.slice(0, bytes));
  });

  test('is a failure of the start when it has no place', async () => {
    const values = { ...capture(), output: rig.path('nowhere/out') };
    const events = await rig.shell('true', values).finished();
    expect(events.map((event) => event.event)).toEqual(['shim', 'spawn-failed', 'gone']);
    expect(events[1]).toMatchObject({ step: 'output', error: 'No such file or directory' });
  });

  test('goes on where it can no longer make files: the rest is counted as lost', async () => {
    if (process.getuid?.() === 0) return;
    const go = rig.gate('go');
    rig.makeFolder('kept');
    const values = { ...capture(4096, 4096), output: rig.path('kept/out') };
    const run = rig.shell('echo first; read x < go; head -c 20000 /dev/zero', values);
    await untilSeen(
      rig.path('kept'),
      () => statSync(rig.path('kept/out.0'), { throwIfNoEntry: false })?.size,
    );
    chmodSync(rig.path('kept'), 0o500);
    go();
    const gone = (await run.finished()).at(-1);
    chmodSync(rig.path('kept'), 0o700);
    expect(gone).toMatchObject({ outputBytes: 20_006, outputCut: true });
    expect(Number(gone?.outputLost)).toBeGreaterThan(15_000);
  });

  test.skipIf(NEEDS_MOUNT !== '')(
    `on a full disk shows a gap, and the task goes on${NEEDS_MOUNT}`,
    async () => {
      const disk = new SmallDisk(256);
      try {
        const step = rig.gate('step');
        const marks = rig.path('marks');
        const values = { ...capture(1 << 20, 1 << 20), output: `${disk.folder}/out` };
        const run = rig.shell(
          `echo before; echo 1 >> ${marks}; read x < step; head -c 300000 /dev/zero; echo lost; echo 2 >> ${marks}; read x < step; echo after; exit 9`,
          values,
        );
        const marked = (count: number) =>
          untilSeen(
            rig.folder,
            () => (existsSync(marks) && readFileSync(marks, 'utf8').length === 2 * count) || undefined,
          );
        await marked(1);
        await untilSeen(
          disk.folder,
          () => textOf(records(`${disk.folder}/out.0`)) === 'before\n' || undefined,
        );
        disk.fill();
        step();
        await marked(2);
        disk.free();
        step();
        const events = await run.finished();
        const found = records(`${disk.folder}/out.0`);
        const last = found.at(-1);
        expect(last?.payload.toString()).toMatch(/after\n$/);
        expect((last?.offset ?? 0) + (last?.payload.length ?? 0)).toBe(300_018);
        const gone = events.at(-1);
        expect(gone).toMatchObject({ event: 'gone', outputBytes: 300_018, outputCut: true });
        expect(found.reduce((sum, one) => sum + one.payload.length, 0) + Number(gone?.outputLost)).toBe(
          300_018,
        );
        expect(Number(gone?.outputLost)).toBeGreaterThan(0);
        expect(events.find((event) => event.event === 'exited')).toMatchObject({ code: 9 });
      } finally {
        await rig.dispose();
        disk.remove();
        rig = new ShimRig(build);
      }
    },
  );
});
