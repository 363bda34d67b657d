import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listAnew } from '../../src/daemon/logs/generations.ts';

const FILES = 20;
/** For each byte on stdin: three rotations at full speed, as the shim makes them, the oldest file first; then a byte on stdout. */
const ROTATOR = `
  const fs = require('node:fs');
  const [base, files] = [process.argv[1], Number(process.argv[2])];
  let next = files;
  process.stdin.on('data', (bytes) => {
    for (let rotation = 0; rotation < 3 * bytes.length; rotation += 1) {
      for (let number = next - 1; number > 0; number -= 1) fs.renameSync(base + '.' + number, base + '.' + (number + 1));
      fs.renameSync(base, base + '.1');
      fs.writeFileSync(base, String(next));
      next += 1;
    }
    process.stdout.write('.'.repeat(bytes.length));
  });`;

let folder: string;
let base: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'toru-logs-'));
  base = join(folder, 'web.log');
  for (let at = 0; at < FILES; at += 1)
    writeFileSync(at === FILES - 1 ? base : `${base}.${FILES - 1 - at}`, String(at));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('a list that is made while a log is rotated again and again misses no file', async () => {
  const rotator = spawn(process.execPath, ['-e', ROTATOR, base, String(FILES)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    for (let round = 0; round < 25; round += 1) {
      const rotated = once(rotator.stdout, 'data');
      rotator.stdin.write('.');
      const lists = await Promise.all([listAnew(base), listAnew(base), rotated.then(() => listAnew(base))]);
      const all = FILES + 3 * (round + 1);
      const whole = (lists[2] ?? []).map((file) => file.inode);
      expect(whole).toHaveLength(all);
      for (const list of lists.slice(0, 2)) {
        const inodes = list.map((file) => file.inode);
        expect(inodes.length).toBeGreaterThanOrEqual(all - 3);
        expect(inodes).toEqual(whole.slice(0, inodes.length));
      }
    }
    expect(readFileSync(`${base}.1`, 'utf8')).toBe(String(FILES + 3 * 25 - 2));
  } finally {
    rotator.kill('SIGKILL');
    await once(rotator, 'exit');
  }
});
