/** The editor that the terminal is lent to: what is said and recorded of it, and its end with the session. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runEditor } from '../../src/cli/editor.ts';
import { ActionRunner } from '../../src/cli/tui/action-runner.ts';
import type { ActionNews } from '../../src/cli/tui/desk.ts';
import { writeProgram } from '../rig/plugin-fixture.ts';
import { isRunning } from '../rig/plugin-processes.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toru-edit-test-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** @param texts of the drop-in, before the edit and after it */
async function stage(script: string, texts: readonly (string | undefined)[]) {
  const program = join(folder, 'toru');
  await writeProgram(program, `#!/bin/sh\n${script}\n`);
  const told: ActionNews[] = [];
  const records: unknown[] = [];
  const asked = [...texts];
  const runner = new ActionRunner({
    toru: [program],
    tell: (news) => void told.push(news),
    lend: (work) => work(),
    awaitKey: async () => undefined,
    record: (...one) => void records.push(one),
    dropIn: async () => asked.shift(),
  });
  return { runner, told, records };
}

test('an edit that changes nothing says so, and is not recorded', async () => {
  const { runner, told, records } = await stage('exit 0', ['nice = 5\n', 'nice = 5\n']);
  await runner.edit('db');
  expect(told.at(-1)).toMatchObject({ kind: 'ended', code: 0, lines: ['unchanged'] });
  expect(records).toEqual([]);
});

test('an edit that changes something says how it is taken, and is recorded with the text', async () => {
  const { runner, told, records } = await stage('exit 0', ['', 'nice = 5\n']);
  await runner.edit('db');
  expect(told.at(-1)).toMatchObject({ lines: [expect.stringContaining('toru reload db')] });
  expect(records).toEqual([[['edit', 'db'], 0, 'nice = 5\n']]);
});

test.each([
  ['failed', 'exit 1', ['', ''], [1, '']],
  ['torud did not say', 'exit 0', [undefined, 'nice = 5\n'], [0, undefined]],
  ['torud was away after it', 'exit 0', ['nice = 5\n', undefined], [0, undefined]],
])('an edit of which it is not known what it changed (%s) is recorded without a text', async (...args) => {
  const [, script, texts, [code, edited]] = args;
  const { runner, records } = await stage(script, texts);
  await runner.edit('db');
  expect(records).toEqual([[['edit', 'db'], code, edited]]);
});

test('the end of the session ends the editor', async () => {
  const { runner, told } = await stage('exec sleep 60', ['', '']);
  const edited = runner.edit('db');
  let isOver = false;
  const watched = edited.then(() => {
    isOver = true;
  });
  // The process is there some turns later.
  await vi.waitFor(() => {
    runner.end();
    expect(isOver).toBe(true);
  });
  await watched;
  expect(told.at(-1)).toMatchObject({ kind: 'ended', code: null });
});

test('an editor that the shell has made a process for is ended as well', async () => {
  const pidFile = join(folder, 'pid');
  const editor = join(folder, 'editor');
  await writeProgram(
    editor,
    `#!/bin/sh\necho $$ >${pidFile}.new && mv ${pidFile}.new ${pidFile}\nexec sleep 60\n`,
  );
  const edited = runEditor(`: && ${editor} "$@"; true #`, join(folder, 'text'));
  const pid = Number(await vi.waitFor(() => readFile(pidFile, 'utf8')));
  process.emit('SIGTERM', 'SIGTERM');
  await edited;
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false));
});

test('SIGTERM is passed on to the editor, and nobody is left to hear it afterwards', async () => {
  const before = process.listenerCount('SIGTERM');
  const edited = runEditor('exec sleep 60 #', join(folder, 'text'));
  process.emit('SIGTERM', 'SIGTERM');
  expect(await edited).toMatchObject({ ok: false, failure: { message: expect.stringContaining('SIGTERM') } });
  expect(process.listenerCount('SIGTERM')).toBe(before);
});
