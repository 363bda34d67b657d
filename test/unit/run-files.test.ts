/** Names, spec format and clean-up of a run's files. */

import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  abandonRun,
  encodeSpec,
  listRuns,
  parseRunFile,
  readSpecValue,
  removeRunFiles,
  runFiles,
  writeSpec,
} from '../../src/daemon/runs/run-files.ts';

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'toru-runs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it.each([
  ['7-web.spec', { runId: 7, plugin: 'web' }],
  ['7-web.claimed', { runId: 7, plugin: 'web' }],
  ['7-web.abandoned', { runId: 7, plugin: 'web' }],
  ['12-a-b.c_d.events', { runId: 12, plugin: 'a-b.c_d' }],
  ['7-web', undefined],
  ['7-.spec', undefined],
  ['x-web.spec', undefined],
  ['7-web.spec.swp', undefined],
  ['9999999999999999999-web.spec', undefined],
])('%s is %j', (name, expected) => {
  expect(parseRunFile(name)).toEqual(expected);
});

it('records of the spec end with NUL and keep their order and their newlines', () => {
  const spec = encodeSpec([
    ['id', 'web'],
    ['arg', '/bin/a b'],
    ['arg', 'two\nlines'],
    ['env', 'K=V=W'],
    ['run', 7],
  ]);
  expect(spec.toString('utf8')).toBe('id=web\0arg=/bin/a b\0arg=two\nlines\0env=K=V=W\0run=7\0');
});

it('a spec is readable by its owner only, and is never overwritten', () => {
  const files = runFiles(scratch(), { runId: 1, plugin: 'web' });
  writeSpec(files, [['env', 'SECRET=x']]);
  expect(statSync(files.spec).mode & 0o777).toBe(0o600);
  expect(() => writeSpec(files, [['env', 'SECRET=y']])).toThrow(/EEXIST/);
  expect(readFileSync(files.spec, 'utf8')).toContain('SECRET=x');
});

it('a value is read from the claimed spec first, then from the unclaimed one', () => {
  const files = runFiles(scratch(), { runId: 1, plugin: 'web' });
  expect(readSpecValue(files, 'boot')).toBeUndefined();
  writeSpec(files, [
    ['boot', 'b=1'],
    ['bootx', 'no'],
  ]);
  expect(readSpecValue(files, 'boot')).toBe('b=1');
  renameSync(files.spec, files.claimed);
  expect(readSpecValue(files, 'boot')).toBe('b=1');
  expect(readSpecValue(files, 'missing')).toBeUndefined();
});

it('an unclaimed spec can be abandoned once, a claimed one cannot', () => {
  const files = runFiles(scratch(), { runId: 1, plugin: 'web' });
  writeSpec(files, []);
  expect(abandonRun(files)).toBe(true);
  expect(existsSync(files.abandoned)).toBe(true);
  expect(abandonRun(files)).toBe(false);
});

it('runs are listed once each, lowest id first, foreign files left out', () => {
  const folder = scratch();
  for (const name of ['10-b.events', '10-b.claimed', '9-a.spec', 'README', '.hidden'])
    writeFileSync(join(folder, name), '');
  expect(listRuns(folder)).toEqual([
    { runId: 9, plugin: 'a' },
    { runId: 10, plugin: 'b' },
  ]);
});

it('all files of one run are removed, and no others', () => {
  const folder = scratch();
  for (const name of ['1-a.events', '1-a.claimed', '11-a.events', '1-ab.events'])
    writeFileSync(join(folder, name), '');
  removeRunFiles(runFiles(folder, { runId: 1, plugin: 'a' }));
  expect(listRuns(folder)).toEqual([
    { runId: 1, plugin: 'ab' },
    { runId: 11, plugin: 'a' },
  ]);
});
