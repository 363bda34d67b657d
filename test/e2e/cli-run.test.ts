/** `toru run` against a real torud: output byte for byte, arguments, exit codes. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Task } from '../../src/protocol/control/tasks.ts';
import { runToru, runToruJson } from '../rig/cli-rig.ts';
import { untilEnded } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { RunningCli } from '../rig/running-cli.ts';
import { waitsFor, writeScripts } from '../rig/script-files.ts';

const BINARY = Buffer.from([
  0xff, 0x00, 0x61, 0x0d, 0x0a, 0xc3, 0xa9, 0xc3, 0x1b, 0x5b, 0x6d, 0xef, 0xbb, 0xbf,
]);
const OCTAL = [...BINARY].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');

const MUCH_BYTES = 40_000_000;

let stage: PluginStage;
const root = (): string => stage.folder;
const toru = (...args: readonly string[]) => runToru(root(), args);
const gate = (name: string): string => join(root(), `gate-${name}`);
const open = (name: string): Promise<void> => writeFile(gate(name), '');

const SCRIPTS = {
  hello: '# says hello\necho out\necho err >&2',
  args: 'for word; do printf "[%s]" "$word"; done',
  exits: 'exit "$1"',
  dies: 'kill -s "$1" $$',
  bytes: `printf '${OCTAL}'\nprintf '${OCTAL}' >&2`,
  variable: 'printf "%s" "$WORD"',
  sleeps: 'echo begun\nexec sleep 300',
  much: `yes 'a line of text' | head -c ${MUCH_BYTES}`,
  'no-interpreter': '#!/nix/nix\n',
  long: 'i=0\nwhile [ $i -lt 20000 ]; do echo "line $i of a long output, with some text behind it"; i=$((i + 1)); done\nprintf end',
} as const;

beforeAll(async () => {
  stage = await PluginStage.open({}, '\n[tasks]\ngrace = "60s"\n');
  await writeScripts(stage.paths, SCRIPTS);
  await writeFile(join(stage.paths.scriptsFolder, 'refused'), '#!/bin/sh\n', { mode: 0o644 });
});

afterAll(() => stage?.[Symbol.asyncDispose]());

async function taskOf(id = '-1'): Promise<Task> {
  const { tasks } = (await runToruJson(root(), ['task', 'show', id])) as { tasks: readonly Task[] };
  const [task] = tasks;
  if (task === undefined) throw new Error(`no task ${id}`);
  return task;
}

describe('the output of a script', () => {
  test('comes on the stream that it was written to', async () => {
    expect(await toru('run', 'hello')).toEqual({ code: 0, signal: null, stdout: 'out\n', stderr: 'err\n' });
  });

  test('comes byte for byte, whatever it holds, also without a newline at its end', async () => {
    await using cli = new RunningCli(root(), ['run', 'bytes']);
    expect(await cli.ended).toEqual({ code: 0, signal: null, stdout: BINARY, stderr: BINARY });
    expect((await taskOf()).outputBytes).toBe(2 * BINARY.length);
    await using logs = new RunningCli(root(), ['task', 'logs', '-1', '--stderr']);
    expect((await logs.ended).stdout).toEqual(BINARY);
  });

  test('comes whole when there is much of it, and its last lines alone are to be had', async () => {
    const { stdout } = await toru('run', 'long');
    const lines = stdout.split('\n');
    expect([lines.length, lines[19_999], lines[20_000]]).toEqual([
      20_001,
      'line 19999 of a long output, with some text behind it',
      'end',
    ]);
    const tail = await toru('task', 'logs', '-1', '-n', '2');
    expect(tail.stdout).toBe('line 19999 of a long output, with some text behind it\nend');
  });

  test('comes while the line is not yet ended', async () => {
    await writeScripts(stage.paths, { partial: `printf half\n${waitsFor(gate('partial'))}\necho whole` });
    await using cli = new RunningCli(root(), ['run', 'partial']);
    await cli.until('stdout', /^half$/);
    await open('partial');
    expect(await cli.ended).toMatchObject({ code: 0, stdout: Buffer.from('halfwhole\n') });
  });

  test('has a reader that may leave: toru ends quietly, and the task goes on', async () => {
    const script = `echo first\n${waitsFor(gate('left'))}\necho second\n${waitsFor(gate('left2'))}`;
    await writeScripts(stage.paths, { left: script });
    await using cli = new RunningCli(root(), ['run', 'left']);
    await cli.until('stdout', /^first\n$/);
    cli.stopReading();
    await open('left');
    expect(await cli.ended).toMatchObject({ code: 0, stderr: Buffer.from('') });
    expect(await taskOf()).toMatchObject({ state: 'running', script: 'left' });
    await open('left2');
    expect(await toru('task', 'wait', '-1')).toMatchObject({ code: 0, stdout: '' });
  });

  test('comes whole also when there is more of it than torud keeps', async () => {
    await using cli = new RunningCli(root(), ['run', 'much']);
    const { code, stdout, stderr } = await cli.ended;
    expect([code, stdout.length, stderr.length]).toEqual([0, MUCH_BYTES, 0]);
    const hash = createHash('md5').update(stdout).digest('hex');
    expect(hash).toBe(createHash('md5').update(Buffer.alloc(MUCH_BYTES, 'a line of text\n')).digest('hex'));
    expect(await taskOf()).toMatchObject({ outputBytes: MUCH_BYTES, outputCut: true });
  });

  test("that is lost on the way is counted, and the exit code is still the script's", async () => {
    await using own = await PluginStage.open({}, '\n[tasks]\noutput_max = 4096\n');
    const [file, pid] = [join(own.folder, 'gate'), join(own.folder, 'pid')];
    await writeScripts(own.paths, {
      floods: `echo $$ >'${pid}'\necho begun\n${waitsFor(file)}\nseq 200000\nexit 3`,
    });
    await using cli = new RunningCli(own.folder, ['run', 'floods']);
    await cli.until('stdout', /begun/);
    // torud hands nothing on meanwhile.
    process.kill(own.rig.pid, 'SIGSTOP');
    await writeFile(file, '');
    await untilEnded(Number(readFileSync(pid, 'utf8')));
    process.kill(own.rig.pid, 'SIGCONT');
    const { code, stdout, stderr } = await cli.ended;
    const whole =
      6 + Array.from({ length: 200_000 }, (_, at) => String(at + 1).length + 1).reduce((a, b) => a + b);
    const lost = /^toru: run floods: (\d+) bytes of its output are lost: [^\n]*\n$/.exec(
      stderr.toString(),
    )?.[1];
    expect([code, stdout.length + Number(lost)]).toEqual([3, whole]);
    expect(stdout.toString().startsWith('begun\n')).toBe(true);
    expect(stdout.toString().endsWith('\n200000\n')).toBe(true);
  });

  test('goes to standard error with --json, beside the document with the task as it ended', async () => {
    const { code, stdout, stderr } = await toru('run', 'hello', '--json');
    expect([code, stderr.split('\n').sort()]).toEqual([0, ['', 'err', 'out']]);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 1,
      tasks: [{ script: 'hello', state: 'done', exitCode: 0, outputBytes: 8, outputCut: false, args: [] }],
    });
  });

  test('is an object a line with -o json-lines, base64 where it is no text, and the task the last one', async () => {
    const { stdout } = await toru('run', 'bytes', '-o', 'json-lines');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const task = lines.at(-1);
    expect(task).toMatchObject({ script: 'bytes', state: 'done' });
    const out = lines.slice(0, -1).filter(({ stream }) => stream === 'stdout');
    const bytes = out.map(({ text, base64 }) =>
      typeof text === 'string' ? Buffer.from(text) : Buffer.from(String(base64), 'base64'),
    );
    expect(Buffer.concat(bytes)).toEqual(BINARY);
    expect(out.every((line) => line.task === task?.id)).toBe(true);
  });
});

test('arguments come as they are, an empty one too', async () => {
  const words = ['--json', '', 'two words', '$(x)', '--', "it's"];
  expect((await toru('run', 'args', '--', ...words)).stdout).toBe(words.map((word) => `[${word}]`).join(''));
  expect((await toru('run', 'args', 'a', 'b')).stdout).toBe('[a][b]');
});

test('--env adds to the environment, and takes a value from here', async () => {
  expect((await toru('run', 'variable', '--env', 'WORD=a=b,c')).stdout).toBe('a=b,c');
  const taken = await runToru(root(), ['run', 'variable', '-e', 'WORD'], { env: { WORD: 'mine' } });
  expect(taken.stdout).toBe('mine');
  expect(await toru('run', 'variable', '--env', 'NIX_X')).toMatchObject({
    code: 2,
    stderr: 'toru: run: --env: NIX_X is not set here; write K=V\n',
  });
});

describe('the exit code', () => {
  test.each([
    ['of the script', ['exits', '7'], 7, /^$/],
    ['of the script, 255', ['exits', '255'], 255, /^$/],
    ['of the script, though toru has it as well', ['exits', '126'], 126, /^$/],
    ['128+9 for SIGKILL', ['dies', 'KILL'], 137, /^$/],
    ['128+11 for SIGSEGV', ['dies', 'SEGV'], 139, /^$/],
    ['127 for no script', ['nix'], 127, /^toru: run nix: there is no such script in [^\n]*\n$/],
    [
      '127 for no interpreter',
      ['no-interpreter'],
      127,
      /^toru: run no-interpreter: its interpreter \/nix\/nix is not there\n$/,
    ],
    [
      '126 for a refused script',
      ['refused'],
      126,
      /^toru: run refused: not valid: [^\n]*not executable[^\n]*\n$/,
    ],
    ['126 for a name with a slash', ['../hello'], 126, /^toru: run \.\.\/hello: [^\n]*slash[^\n]*\n$/],
    [
      '124 for a time limit that has passed',
      ['--timeout', '200ms', 'sleeps'],
      124,
      /^toru: run sleeps: its time limit of 0\.2 s passed\n$/,
    ],
    ['2 for wrong words', ['hello', '--env', '1=x'], 2, /^toru: run: --env: [^\n]*\n$/],
  ] as const)('is that %s', async (_title, words, code, stderr) => {
    const ended = await toru('run', ...words);
    expect(ended).toMatchObject({ code, stderr: expect.stringMatching(stderr) });
    const told = await toru('run', ...words, '--json');
    expect(told.code).toBe(code);
    if (ended.stderr !== '')
      expect(JSON.parse(told.stderr.split('\n').at(-2) ?? '')).toHaveProperty('error.code');
  });

  test('is 125 without torud', async () => {
    await using none = await PluginStage.make();
    const ended = await runToru(none.folder, ['run', 'hello']);
    expect(ended).toMatchObject({
      code: 125,
      stdout: '',
      stderr: expect.stringMatching(/^toru: run hello: torud is not running/),
    });
  });

  test('of "task wait" is the same, and 5 for a task that is not there', async () => {
    for (const [words, code] of [
      [['exits', '7'], 7],
      [['dies', 'KILL'], 137],
      [['exits', '0'], 0],
    ] as const) {
      const { stdout: id } = await toru('run', '--detach', ...words);
      expect(id).toMatch(/^[0-9a-f-]{36}\n$/);
      expect(await toru('task', 'wait', id.trim())).toMatchObject({ code, stdout: '', stderr: '' });
    }
    expect(await toru('task', 'wait', 'ffffffff')).toMatchObject({ code: 5 });
    expect(await toru('task', 'show', 'ffffffff')).toMatchObject({ code: 4 });
  });
});

test('--dry-run says whether it would be run, and runs nothing', async () => {
  const before = (await runToruJson(root(), ['tasks'])) as { tasks: readonly Task[] };
  expect(await toru('run', 'hello', '--dry-run', '-o', 'value')).toMatchObject({
    code: 0,
    stdout: 'run hello\n',
  });
  expect(await toru('run', 'nix', '--dry-run')).toMatchObject({ code: 127 });
  expect(await toru('run', 'refused', '--dry-run')).toMatchObject({ code: 126 });
  const after = (await runToruJson(root(), ['tasks'])) as { tasks: readonly Task[] };
  expect(after.tasks.length).toBe(before.tasks.length);
});
