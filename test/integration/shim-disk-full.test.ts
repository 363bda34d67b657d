import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  isAlive,
  parseLines,
  SHIM_BUILDS,
  type ShimLine,
  ShimRig,
  type ShimRun,
  untilSeen,
} from '../fixtures/shim/rig.ts';

const GAP = /^\d+ lines? lost from (\S+Z) to (\S+Z): (.+)$/;

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}

/** Fills the disk up to the last byte. */
function fill(file: string): void {
  for (const bytes of [4096, 1]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(bytes));
    } catch (error) {
      if (!isDiskFull(error)) throw error;
    }
  }
}

function sum(lines: readonly ShimLine[]): number {
  return lines.reduce((total, line) => total + (line.lost ?? 0), 0);
}

/**
 * Moves the log away and lets the shim open a new one. What the plugin had written by then (up to 64 KiB) has been through the old one when
 * this returns: the shim reads before it acts on signals.
 */
async function changeLog(run: ShimRun, folder: string): Promise<void> {
  renameSync(`${folder}/demo.log`, `${folder}/old.log`);
  run.signal('SIGUSR1');
  await untilSeen(folder, () => existsSync(`${folder}/demo.log`) || undefined);
}

const isRoot = process.getuid?.() === 0;

describe.each(SHIM_BUILDS)('%s on a full disk', (build) => {
  let rig: ShimRig;
  let disk: string | undefined;
  beforeEach(() => {
    rig = new ShimRig(build);
  });
  afterEach(async () => {
    // A shim does not leave before its last event is written.
    if (disk !== undefined) rmSync(`${disk}/filler`, { force: true });
    await rig.dispose(() => {
      if (disk !== undefined) execFileSync('umount', ['-l', disk]);
      disk = undefined;
    });
  });

  const mount = (): string => {
    disk = rig.path('disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'toru-shim-test', disk]);
    return disk;
  };
  const lines = (file: string) => parseLines<ShimLine>(readFileSync(file, 'utf8'));

  test.skipIf(!isRoot)(
    'lines are dropped and counted, a gap line follows when space is back (needs root for mount)',
    async () => {
      const folder = mount();
      const log = `${folder}/demo.log`;
      fill(`${folder}/filler`);
      execFileSync('truncate', ['-s', '-16k', `${folder}/filler`]);
      const open = rig.gate('go');
      const run = rig.shell(
        'i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i+1)); done; : > done; read x < go; echo after',
        { log },
      );
      await untilSeen(rig.folder, () => existsSync(rig.path('done')) || undefined);
      expect(lines(log).length).toBeLessThan(200);
      await changeLog(run, folder);
      unlinkSync(`${folder}/filler`);
      const lost = await run.event('lost');
      open();
      const events = await run.finished();
      const written = [...lines(`${folder}/old.log`), ...lines(log)];
      const gone = events.at(-1);
      const gaps = written.filter((line) => line.stream === 'shim');
      expect(gaps[0]).toMatchObject({ level: 'warning', plugin: 'demo', lost: lost.lines });
      const [, first = '', last = '', reason] = GAP.exec(gaps[0]?.message ?? '') ?? [];
      expect(reason).toBe('No space left on device');
      expect(first <= last).toBe(true);
      expect(written.at(-1)?.message).toBe('after');
      expect(sum(gaps)).toBe(gone?.lost);
      expect(written.length + Number(gone?.lost)).toBe(gone?.lines);
      expect(written.at(-1)?.seq).toBe(gone?.lines);
      // The numbers of the lost lines are missing in front of their gap line, and no others.
      let before = 0;
      for (const line of written) {
        expect(line.seq - before - 1).toBe(line.lost ?? 0);
        before = line.seq;
      }
    },
  );

  test.skipIf(!isRoot)(
    'a gap that is still open at the end is told in `gone` (needs root for mount)',
    async () => {
      const folder = mount();
      fill(`${folder}/filler`);
      const run = rig.shell('echo one; echo two; printf three', { log: `${folder}/demo.log` });
      const events = await run.finished();
      expect(lines(`${folder}/demo.log`)).toEqual([]);
      expect(events.map((event) => event.event)).toEqual(['shim', 'started', 'exited', 'gone']);
      expect(events.at(-1)).toMatchObject({ lines: 3, lost: 3 });
    },
  );

  test.skipIf(!isRoot)('events wait for space, and none is lost or torn (needs root for mount)', async () => {
    const folder = mount();
    const open = rig.gate('go');
    const values = { arg: ['/bin/sh', '-c', 'read x < go; echo bye; exit 9'], cwd: rig.folder };
    const spec = rig.writeSpec(values, 'disk/7-demo');
    // The last event begins in the file's first page and does not fit: the second page is not to be had.
    const padding = `${JSON.stringify({ event: 'padding', text: 'x'.repeat(3800) })}\n`;
    writeFileSync(spec.replace('.spec', '.events'), padding);
    const run = rig.startSpec(spec);
    const { pid } = await run.event('started');
    fill(`${folder}/filler`);
    open();
    await untilSeen(rig.folder, () => (rig.readLog().includes('bye') ? true : undefined));
    // The end of a process is no event of a file; it is a matter of microseconds here.
    while (isAlive(Number(pid))) await setImmediate();
    rmSync(`${folder}/filler`);
    const events = await run.finished();
    expect(events.map((event) => event.event)).toEqual(['padding', 'shim', 'started', 'exited', 'gone']);
    expect(events[3]).toMatchObject({ code: 9 });
  });

  test('a write past RLIMIT_FSIZE is a lost line, not the end of the shim', async () => {
    const open = rig.gate('go');
    const script =
      'i=0; while [ $i -lt 300 ]; do echo "line $i"; i=$((i+1)); done; : > done; read x < go; echo after';
    const spec = rig.writeSpec({ arg: ['/bin/sh', '-c', script] });
    const limited = ['/bin/sh', '-c', 'ulimit -f 16; exec "$0" "$1"'];
    const run = rig.startSpec(spec, undefined, limited);
    await untilSeen(rig.folder, () => existsSync(rig.path('done')) || undefined);
    await changeLog(run, rig.folder);
    await run.event('lost');
    open();
    const events = await run.finished();
    const written = [...lines(rig.path('old.log')), ...lines(rig.path('demo.log'))];
    expect(written.find((line) => line.lost)?.message).toMatch(/File too large$/);
    expect(written.length + Number(events.at(-1)?.lost)).toBe(events.at(-1)?.lines);
    expect(sum(written)).toBe(events.at(-1)?.lost);
  });

  test('a log folder that vanished is not made anew; when it is back, so is the log', async () => {
    mkdirSync(rig.path('logs'));
    const open = rig.gate('go');
    // So much that most of it has been read when the plugin says that it is done.
    const run = rig.shell(
      'echo one; read x < go; head -c 1000000 /dev/zero | fold -w 1000; : > done; read x < go',
      {
        log: rig.path('logs/demo.log'),
      },
    );
    await untilSeen(rig.path('logs'), () => (run.lines().length > 0 ? true : undefined));
    rmSync(rig.path('logs'), { recursive: true });
    open();
    await untilSeen(rig.folder, () => existsSync(rig.path('done')) || undefined);
    expect(existsSync(rig.path('logs'))).toBe(false);
    mkdirSync(rig.path('logs'));
    await run.event('lost');
    open();
    const events = await run.finished();
    const gaps = run.lines().filter((line) => line.stream === 'shim');
    expect(gaps[0]?.message).toMatch(/ lines lost from \S+ to \S+: No such file or directory$/);
    expect(sum(gaps)).toBe(events.at(-1)?.lost);
    // The first line went with the folder.
    expect(run.lines().length + 1 + sum(gaps)).toBe(events.at(-1)?.lines);
  });
});
