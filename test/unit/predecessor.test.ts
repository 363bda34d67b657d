/** What a torud finds of one that did not end as asked. */

import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeIdentity } from '../../src/daemon/control/lock-identity.ts';
import { endText, readPredecessor } from '../../src/daemon/predecessor.ts';

const BOOT = '11111111-1111-4111-8111-111111111111';
const processes = { startTimeOf: (pid: number) => (pid === 7 ? 70 : undefined), bootId: () => BOOT };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'toru-before-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function files() {
  const at = (name: string): string => join(folder, name);
  return { lockFile: at('torud.lock'), supervisorLog: at('log'), databaseFile: at('state.db') };
}

function lock(pid: number, startTime: number, bootId = BOOT): void {
  writeFileSync(files().lockFile, encodeIdentity({ pid, startTime, bootId }));
}

it('is nobody when there is no lock, a damaged one, or one whose torud lives', () => {
  expect(readPredecessor(files(), processes)).toBeUndefined();
  writeFileSync(files().lockFile, 'rubbish');
  expect(readPredecessor(files(), processes)).toBeUndefined();
  lock(7, 70);
  expect(readPredecessor(files(), processes)).toBeUndefined();
});

it('is the holder of a lock that does not live, with the time of the newest file that it wrote', () => {
  lock(811, 5);
  expect(readPredecessor(files(), processes)).toEqual({
    pid: 811,
    lastSignAt: undefined,
    isOfOtherBoot: false,
  });
  for (const [name, second] of [
    ['log', 100],
    ['state.db', 300],
    ['state.db-wal', 200],
  ] as const) {
    writeFileSync(join(folder, name), '');
    utimesSync(join(folder, name), second, second);
  }
  expect(readPredecessor(files(), processes)?.lastSignAt).toBe('1970-01-01T00:05:00.000000Z');
  // The same pid by chance, started at another time.
  lock(7, 71, BOOT);
  expect(readPredecessor(files(), processes)).toMatchObject({ pid: 7, isOfOtherBoot: false });
  lock(7, 70, BOOT.replaceAll('1', '2'));
  expect(readPredecessor(files(), processes)).toMatchObject({ pid: 7, isOfOtherBoot: true });
});

it('is told in one sentence', () => {
  const time = (minute: number): Date => new Date(2026, 10, 8, 13, minute, 2);
  const back = time(41).getTime();
  const lastSignAt = time(40).toISOString();
  expect(endText({ pid: 811, lastSignAt, isOfOtherBoot: false }, back)).toBe(
    'torud itself (pid 811) was killed or crashed after 13:40:02, and was back at 13:41:02',
  );
  expect(endText({ pid: 811, lastSignAt: undefined, isOfOtherBoot: true }, back)).toBe(
    'the machine went down with torud (pid 811), and was back at 13:41:02',
  );
});
