import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseLines, SHIM_BUILDS, type ShimLine, ShimRig, untilSeen } from '../fixtures/shim/rig.ts';

/** Writes 1,000 lines of about 230 bytes in the log. */
const THOUSAND_LINES =
  'i=0; while [ $i -lt 1000 ]; do echo "line $i xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"; i=$((i+1)); done';

describe.each(SHIM_BUILDS)('rotation by %s', (build) => {
  let rig: ShimRig;
  beforeEach(() => {
    rig = new ShimRig(build);
  });
  afterEach(async () => {
    await rig.dispose();
  });

  const logs = () =>
    readdirSync(rig.folder)
      .filter((name) => name.startsWith('demo.log'))
      .sort();
  const read = (name: string) => {
    const bytes = readFileSync(rig.path(name));
    return parseLines<ShimLine>((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
  };

  test('by size: every file stays within it, the newest lines are kept without a gap', async () => {
    const run = rig.shell(THOUSAND_LINES, { log_max_size: 20_000, log_keep: 4 });
    const events = await run.finished();
    expect(logs()).toEqual(['demo.log', 'demo.log.1', 'demo.log.2', 'demo.log.3', 'demo.log.4']);
    for (const name of logs()) expect(statSync(rig.path(name)).size).toBeLessThanOrEqual(20_000);
    const seqs = logs()
      .reverse()
      .flatMap((name) => read(name).map((line) => line.seq));
    expect(seqs.at(-1)).toBe(1000);
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
    expect(events.at(-1)).toMatchObject({ lines: 1000, lost: 0 });
  });

  test('with nothing to keep the file begins anew', async () => {
    const run = rig.shell(THOUSAND_LINES, { log_max_size: 20_000, log_keep: 0 });
    await run.finished();
    expect(logs()).toEqual(['demo.log']);
    expect(read('demo.log').at(-1)?.seq).toBe(1000);
  });

  test('a line that is larger than the size has a file of its own', async () => {
    const run = rig.node(`process.stdout.write('a\\n' + 'b'.repeat(5000) + '\\nc\\n')`, {
      log_max_size: 1000,
      log_keep: 9,
    });
    await run.finished();
    expect(logs().map((name) => read(name).map((line) => line.message[0]))).toEqual([['c'], ['b'], ['a']]);
  });

  test('files beyond the number to keep are removed, also those of a larger number before', async () => {
    for (const number of [2, 3, 4]) writeFileSync(rig.path(`demo.log.${number}`), '');
    writeFileSync(rig.path('demo.log.5.gz'), '');
    const run = rig.shell(THOUSAND_LINES, { log_max_size: 40_000, log_keep: 2 });
    await run.finished();
    expect(logs()).toEqual(['demo.log', 'demo.log.1', 'demo.log.2']);
  });

  test('with compression the second and older are gzipped, the first stays plain, and nothing is missing', async () => {
    const run = rig.shell(THOUSAND_LINES, { log_max_size: 40_000, log_keep: 9, log_compress: 1 });
    await run.finished();
    const names = logs();
    expect(names.slice(0, 2)).toEqual(['demo.log', 'demo.log.1']);
    expect(names.slice(2)).toEqual(names.slice(2).map((_, index) => `demo.log.${index + 2}.gz`));
    expect(names.length).toBeGreaterThan(4);
    const seqs = names.reverse().flatMap((name) => read(name).map((line) => line.seq));
    expect(seqs).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
  });

  test('by age: a file older than the limit is rotated at the next line', async () => {
    writeFileSync(rig.path('demo.log'), `${JSON.stringify({ message: 'old' })}\n`);
    const run = rig.shell('echo new', { log_max_age_ms: 1 });
    await run.finished();
    expect(read('demo.log.1').map((line) => line.message)).toEqual(['old']);
    expect(read('demo.log').map((line) => line.message)).toEqual(['new']);
  });

  test('SIGUSR1 opens the file of that name, as logrotate needs it', async () => {
    const open = rig.gate('go');
    const run = rig.shell('echo one; read x < go; echo two');
    await run.line('one');
    renameSync(rig.path('demo.log'), rig.path('demo.log-20260301'));
    run.signal('SIGUSR1');
    await untilSeen(rig.folder, () => existsSync(rig.path('demo.log')) || undefined);
    open();
    await run.finished();
    expect(read('demo.log-20260301').map((line) => line.message)).toEqual(['one']);
    expect(read('demo.log').map((line) => line.message)).toEqual(['two']);
  });

  test('a log that was deleted is made anew for the next line', async () => {
    const open = rig.gate('go');
    const run = rig.shell('echo one; read x < go; echo two');
    await run.line('one');
    unlinkSync(rig.path('demo.log'));
    open();
    const events = await run.finished();
    expect(read('demo.log').map((line) => line.seq)).toEqual([2]);
    expect(events.at(-1)).toMatchObject({ lines: 2, lost: 0 });
  });

  test('a log that another process cut to nothing goes on from its begin', async () => {
    const open = rig.gate('go');
    const run = rig.shell('echo one; read x < go; echo two');
    await run.line('one');
    truncateSync(rig.path('demo.log'));
    open();
    await run.finished();
    expect(read('demo.log').map((line) => line.message)).toEqual(['two']);
  });

  test('a torn line of a shim that was killed is cut off at the next start', async () => {
    const whole = `${JSON.stringify({ message: 'whole' })}\n`;
    writeFileSync(rig.path('demo.log'), `${whole}{"timestamp":"2026-${'x'.repeat(9000)}`);
    const run = rig.shell('echo fresh');
    await run.finished();
    expect(read('demo.log').map((line) => line.message)).toEqual(['whole', 'fresh']);
    expect(existsSync(rig.path('demo.log.1'))).toBe(false);
  });
});
