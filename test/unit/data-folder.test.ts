/** Whose a plugin's data folder is, when the plugin gets a user of its own. */

import { chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareDataFolder } from '../../src/daemon/runs/data-folder.ts';

const IS_ROOT = process.getuid?.() === 0;
const WHY_NOT = IS_ROOT ? '' : ' (skipped: only root can give files away)';
const OWNER = { uid: 61_201, gid: 61_202 };

let base: string;
let folder: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'toru-data-'));
  folder = join(base, 'data/web');
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

function ownerOf(path: string): { uid: number; gid: number } {
  const { uid, gid } = lstatSync(path);
  return { uid, gid };
}

test('it is made for its user alone', () => {
  prepareDataFolder(folder, undefined);
  expect(lstatSync(folder).mode & 0o777).toBe(0o700);
});

test.skipIf(!IS_ROOT)(`what root left in it goes along to the user, links as links${WHY_NOT}`, () => {
  mkdirSync(join(folder, 'below'), { recursive: true });
  writeFileSync(join(folder, 'below/web.db'), '');
  writeFileSync(join(base, 'outside'), '');
  symlinkSync(join(base, 'outside'), join(folder, 'link'));
  prepareDataFolder(folder, OWNER);
  for (const name of ['', 'below', 'below/web.db', 'link'])
    expect([name, ownerOf(join(folder, name))]).toEqual([name, OWNER]);
  expect(ownerOf(join(base, 'outside'))).toEqual({ uid: 0, gid: 0 });
});

test.skipIf(!IS_ROOT)(`what another user has in it stays that one's${WHY_NOT}`, () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'theirs'), '');
  for (const path of [folder, join(folder, 'theirs')]) chownSync(path, 61_299, 61_299);
  prepareDataFolder(folder, OWNER);
  expect(ownerOf(folder)).toEqual(OWNER);
  expect(ownerOf(join(folder, 'theirs')).uid).toBe(61_299);
});
