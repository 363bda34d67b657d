import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildNative } from '../fixtures/shim/rig.ts';

const INPUTS = 200_000;
const OUTPUTS = 2_000;

describe('what toru-shim does with output', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'toru-fuzz-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test(`makes valid JSON of ${INPUTS} random inputs, however they are cut into pieces`, {
    timeout: 120_000,
  }, () => {
    const seed = process.env.TORU_FUZZ_SEED ?? String(Date.now());
    console.log(`fuzz-line: TORU_FUZZ_SEED=${seed}`);
    const result = spawnSync(buildNative('fuzz-line'), ['-n', String(INPUTS), '-s', seed], {
      encoding: 'utf8',
    });
    expect(result.stderr).toBe('');
    expect(result.stdout).toBe(`seed ${seed}\n${INPUTS} inputs\n`);
    expect(result.status).toBe(0);
  });

  test(`keeps whole records of the output of ${OUTPUTS} random tasks, whatever the disk does`, {
    timeout: 120_000,
  }, () => {
    const seed = process.env.TORU_FUZZ_SEED ?? String(Date.now());
    console.log(`fuzz-output: TORU_FUZZ_SEED=${seed}`);
    const result = spawnSync(buildNative('fuzz-output'), [folder, '-n', String(OUTPUTS), '-s', seed], {
      encoding: 'utf8',
    });
    expect(result.stderr).toBe('');
    expect(result.stdout).toBe(`seed ${seed}\n${OUTPUTS} inputs\n`);
    expect(result.status).toBe(0);
  });

  test('takes the inputs of files as well', () => {
    const names = ['empty', 'noise', 'long'].map((name) => join(folder, name));
    const [empty = '', noise = '', long = ''] = names;
    writeFileSync(empty, '');
    writeFileSync(noise, Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7919) >> 3)));
    writeFileSync(long, 'é'.repeat(100_000));
    const result = spawnSync(buildNative('fuzz-line'), names, { encoding: 'utf8' });
    expect(result.stderr).toBe('');
    expect(result.status).toBe(0);
  });
});
