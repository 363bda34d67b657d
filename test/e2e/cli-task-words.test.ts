/** What verbs about tasks say beside the output: gaps at their place, plans, limits, names; against a real torud. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Task } from '../../src/protocol/control/tasks.ts';
import { followToru, runToru, runToruJson } from '../rig/cli-rig.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { waitsFor, writeScripts } from '../rig/script-files.ts';

let stage: PluginStage;
const toru = (...args: readonly string[]) => runToru(stage.folder, args);
const json = (...args: readonly string[]) => runToruJson(stage.folder, args);

beforeAll(async () => {
  stage = await PluginStage.open({}, '\n[tasks]\noutput_max = 4096\n');
  await writeScripts(stage.paths, {
    hello: 'echo "$@"',
    floods: 'echo begin\nseq 300000',
    waits: waitsFor(join(stage.folder, 'gate')),
  });
});

afterAll(() => stage?.[Symbol.asyncDispose]());

describe('what is no longer kept of an output', () => {
  let id = '';
  beforeAll(async () => {
    id = (await toru('run', '-d', 'floods')).stdout.trim();
    await toru('task', 'wait', id);
  });

  test('is told on standard error, and the output stays as the script wrote it', async () => {
    const { code, stdout, stderr } = await toru('task', 'logs', id);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^toru: task logs [^ ]+: \d+ bytes \([^)]+\) of the output are missing here: [^\n]*\n$/,
    );
    expect(stderr).toContain('output_max');
    expect(stdout).toMatch(/^begin\n1\n[\d\n]*\n300000\n$/);
    expect((await toru('task', 'logs', id, '-q')).stderr).toBe('');
  });

  test('stands at its place in JSON, with what it took and why', async () => {
    const { stdout } = await toru('task', 'logs', id, '-o', 'json-lines');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const at = lines.findIndex(({ kind }) => kind === 'gap');
    expect(lines[at]).toEqual({
      task: id,
      kind: 'gap',
      bytes: expect.any(Number),
      next: expect.any(Number),
      why: 'cap',
    });
    const { bytes, next } = lines[at] as { bytes: number; next: number };
    const before = lines.slice(0, at).map(({ text }) => String(text));
    expect(before.join('').length + bytes).toBe(next);
    expect(lines.length).toBeGreaterThan(at + 1);
    const { output } = (await json('task', 'logs', id)) as { output: readonly object[] };
    expect(output).toEqual(lines);
  });

  test('is not told where only lines behind it are asked for', async () => {
    expect(await toru('task', 'logs', id, '-n', '2')).toMatchObject({
      stdout: '299999\n300000\n',
      stderr: '',
    });
  });
});

test('with -f -n 0 only changes to come are lines, with -n 1 the newest task before them', async () => {
  const { stdout: waiting } = await toru('run', '-d', 'waits');
  const { stdout: ended } = await toru('run', '-d', 'hello');
  await toru('task', 'wait', ended.trim());
  await using changes = followToru(stage.folder, ['tasks', '-f', '-n', '0', '--json', '-q']);
  await using last = followToru(stage.folder, ['tasks', '-f', '-n', '1', '--json', '-q']);
  const read = async (from: typeof changes): Promise<readonly [string, string]> => {
    const task = JSON.parse(await from.nextLine()) as Task;
    return [task.id, task.state];
  };
  expect(await read(last)).toEqual([ended.trim(), 'done']);
  const first = read(changes);
  const begun: string[] = [];
  // Only a change can tell that the follow has begun.
  for (let isTold = false; !isTold; ) {
    begun.push((await toru('run', '-d', 'hello')).stdout.trim());
    isTold = await Promise.race([
      first.then(() => true),
      toru('task', 'wait', begun.at(-1) ?? '').then(() => false),
    ]);
  }
  expect(begun).toContain((await first)[0]);
  await writeFile(join(stage.folder, 'gate'), '');
  let change = await read(last);
  while (begun.includes(change[0])) change = await read(last);
  expect(change).toEqual([waiting.trim(), 'done']);
});

test('more arguments than a script takes are a wrong command line, told by their number', async () => {
  const many = Array.from({ length: 20_000 }, (_, at) => String(at));
  for (const words of [
    ['run', 'hello'],
    ['actions', 'add', 'many', '--script', 'hello'],
  ]) {
    const { code, stdout, stderr } = await toru(...words, '--', ...many);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^toru: [^\n]*: 20000 arguments are too many: a script takes at most 1000; [^\n]*\n$/,
    );
  }
  const long = await toru('run', 'hello', '--', ...Array.from({ length: 3 }, () => 'x'.repeat(100_000)));
  expect(long).toMatchObject({ code: 2, stderr: expect.stringContaining('may be 256 KiB together') });
});

test('a plan shows the command, how long the script took the last times, and what an edit changes', async () => {
  await toru('run', 'hello', 'a b');
  const asJson = await toru('run', 'hello', '--dry-run', '--json', '--', 'a b', 'c');
  const { plan } = JSON.parse(asJson.stdout) as { plan: readonly object[] };
  expect(plan).toMatchObject([{ action: 'run', script: 'hello', args: ['a b', 'c'] }]);
  const { lastMs } = plan[0] as { lastMs: readonly number[] };
  expect(lastMs.length).toBeGreaterThan(0);
  expect((await toru('run', 'hello', '--dry-run', '--', 'a b')).stdout).toMatch(
    /LAST.*\n.*hello 'a b' +[\d.–]+ s /,
  );
  await toru('actions', 'add', 'greet', '--script', 'hello', '--', 'x');
  const action = await toru('actions', 'run', 'greet', '--dry-run');
  expect(action.stdout).toMatch(/greet +hello x +[\d.–]+ s /);
  const edit = await toru('actions', 'edit', 'greet', '--dry-run', '--timeout', '10min', '--', 'y');
  expect(edit.stdout).toMatch(/greet +args: y, was x; timeout: 10m, was none\n$/);
  expect(await json('actions', 'edit', 'greet', '--dry-run', '--lock', 'disk')).toMatchObject({
    plan: [{ action: 'edit', changes: [{ field: 'lock', from: null, to: 'disk' }] }],
  });
});

test('an action is told by its own name, and its script beside it', async () => {
  await toru('actions', 'add', 'broken', '--script', 'nix');
  const { code, stderr } = await toru('actions', 'run', 'broken');
  expect([code, stderr]).toEqual([
    127,
    expect.stringMatching(/^toru: actions run broken: nix: there is no such script/),
  ]);
  const failed = await toru('actions', 'run', 'broken', '--json');
  expect(JSON.parse(failed.stderr)).toMatchObject({ error: { code: 'not_found', name: 'broken' } });
});
