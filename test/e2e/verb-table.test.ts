/** Every verb in every situation, as its row of verb-table-rows.ts says: the real bin/toru, a real torud, plain and with --json. */

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Command } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/verbs.ts';
import { type CliOptions, type CliResult, runToru } from '../rig/cli-rig.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { CHECKOUT } from '../rig/programs.ts';
import { writeScripts } from '../rig/script-files.ts';
import { type Cell, idOf, type Line, type Row } from './verb-table-cells.ts';
import { ROWS } from './verb-table-rows.ts';

const VIEWER = 65_534;
const IS_ROOT = process.getuid?.() === 0;
const FIXTURES = join(CHECKOUT, 'test/fixtures/plugins');
const CONFIG = `
[[access]]
uid = ${VIEWER}
role = "view"
[[schedule]]
name = "yearly"
script = "hello"
cron = "@yearly"
`;
const LIMIT = ['--timeout', '300ms'];
/** Hundreds of commands, on a machine that may have much else to do. */
const MANY_LINES_MS = 300_000;
/** Enough for what mostly waits; two cores are all there may be. */
const AT_ONCE = 4;
const PLUGINS = {
  'sleeper/up': '',
  'sleeper/down': '',
  'segfaults/crashed': '[restart]\npolicy = "never"\n',
  'segfaults/for-reset-failed': '[restart]\npolicy = "never"\n',
};
const SCRIPTS = { hello: '# says hello\necho out\necho err >&2', sleeps: 'exec sleep 300' };
const BEFORE_ALL = ['run hello', 'actions add greet --script hello', 'actions add for-edit --script hello'];
const USES_SLEEPER = Object.keys(ROWS).filter((verb) => verb !== 'reset-failed');

let stage: PluginStage;
/** Its torud is stopped by a signal: it accepts, and never answers. */
let hung: PluginStage;
let emptyRoot: string;
/** Id of a task that has ended. */
let doneTask = '';

beforeAll(async () => {
  emptyRoot = await mkdtemp(join(tmpdir(), 'toru-'));
  const own = Object.fromEntries(USES_SLEEPER.map((verb) => [`sleeper/${idOf(verb)}`, '']));
  stage = await PluginStage.open({ ...PLUGINS, ...own }, CONFIG);
  await chmod(stage.folder, 0o755);
  await writeScripts(stage.paths, SCRIPTS);
  for (const line of BEFORE_ALL) await runToru(stage.folder, wordsOf(line));
  doneTask = (await runToru(stage.folder, ['tasks', '-o', 'value'])).stdout.trim();
  await stage.act('enable', 'up');
  await stage.call('plugin.start', { names: ['crashed'] });
  await stage.untilState('crashed', 'failed');
  hung = await PluginStage.open({});
  process.kill(hung.rig.pid, 'SIGSTOP');
});

afterAll(async () => {
  // Not woken: it would carry out what was asked of it, with nobody there any more. SIGKILL ends a stopped process as well.
  await hung?.rig.kill();
  await hung?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
  await rm(emptyRoot, { recursive: true, force: true });
});

function wordsOf(line: string): readonly string[] {
  return line.split(' ').map((word) => word.replace(/^FIXTURES/, FIXTURES).replace(/^DONE$/, doneTask));
}

/** Runs a line without and with --json, one after the other, and looks at both. */
async function checkLine(verb: string, line: Line, root: string, more: Run = {}): Promise<void> {
  const words = [...wordsOf(line.words), ...(more.words ?? [])];
  const options = { ...more.options, ...(line.stdin === undefined ? {} : { stdin: line.stdin }) };
  const run = async (format: readonly string[]): Promise<CliResult> => {
    for (const before of line.before ?? []) await runToru(root, wordsOf(before));
    return runToru(root, [...words, ...format], options);
  };
  checkPlain(verb, line, await run([]));
  checkJson(line, await run(['--json']));
}

interface Run {
  readonly words?: readonly string[];
  readonly options?: CliOptions;
}

function checkPlain(verb: string, line: Line, { code, stdout, stderr }: CliResult): void {
  const seen = { words: line.words, code, stdout, stderr };
  const begin = new RegExp(`^toru: ${verb}( [^ :]+)?: [^\\n]+\\n$`);
  expect(seen).toEqual({
    words: line.words,
    code: line.code ?? 0,
    stdout: expect.stringMatching(line.stdout ?? /^$/),
    stderr: expect.stringMatching(line.error === undefined ? (line.stderr ?? /^$/) : begin),
  });
  expect(stderr).toMatch(line.stderr ?? /^/);
  expect(stderr).not.toMatch(/^ +at |a bug in toru/m);
}

function checkJson(line: Line, { code, stdout, stderr }: CliResult): void {
  const words = `${line.words} --json`;
  expect({ words, code, stderr }).toMatchObject({ words, code: line.code ?? 0 });
  const documents = stdout
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as object);
  if (line.hasJsonLines) expect(documents.length).toBeGreaterThan(0);
  else {
    expect(documents.length, words).toBeLessThanOrEqual(1);
    // What is told in words is told in JSON as well.
    if (line.error === undefined && line.stdout !== undefined) expect(documents, words).toHaveLength(1);
    for (const document of documents) expect(document).toMatchObject({ schema: 1 });
  }
  if (line.changed !== undefined)
    expect(documents[0], words).toMatchObject({ outcomes: [{ changed: line.changed }] });
  if (line.error !== undefined) checkError(words, line.error, stderr);
  else if (stderr !== '')
    expect({ words, stderr }).toEqual({ words, stderr: expect.stringMatching(line.stderr ?? /^$/) });
}

function checkError(words: string, code: string, stderr: string): void {
  expect({ words, stderr }).toEqual({ words, stderr: expect.stringMatching(/^[^\n]+\n$/) });
  const { error, ...others } = JSON.parse(stderr) as { error: Record<string, unknown> };
  expect({ words, others, keys: Object.keys(error).sort(), code: error.code }).toEqual({
    words,
    others: {},
    keys: ['code', 'hint', 'message', 'name'],
    code,
  });
  expect(error.message).toMatch(/^[^\n]+$/);
}

/** What is wrong with every verb's command line, by its declaration. */
function badLines({ verb, minOperands, maxOperands }: Command, row: Row): readonly Line[] {
  const operands = (count: number): string => ` x`.repeat(count);
  return [
    `${verb}${operands(minOperands)} --frobnicate`,
    ...(minOperands > 0 ? [`${verb}${operands(minOperands - 1)}`] : []),
    ...(Number.isFinite(maxOperands) ? [`${verb}${operands(maxOperands + 1)}`] : []),
    ...row.badUsage,
  ].map((words) => ({ words, code: 2, error: 'usage' }));
}

/** Every row's lines of one situation, a few rows at a time, the lines of a row in their order. */
async function walk(
  lines: (command: Command, row: Row) => Cell,
  check: Check,
  atOnce = AT_ONCE,
): Promise<void> {
  const left = [...COMMANDS];
  const failures: string[] = [];
  const work = async (): Promise<void> => {
    for (let command = left.shift(); command !== undefined; command = left.shift()) {
      const row = ROWS[command.verb];
      const cell = row === undefined ? [] : lines(command, row);
      if (typeof cell === 'string') continue;
      for (const line of cell)
        await check(command.verb, line).catch((thrown) => failures.push(told(command.verb, line, thrown)));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  expect(failures.join('\n')).toBe('');
}

function told(verb: string, { words }: Line, thrown: unknown): string {
  const { message, actual, expected } = thrown as { message: string; actual?: unknown; expected?: unknown };
  return `${verb}: ${words}: ${message}\n${inspect({ actual, expected }, { depth: 5 })}`;
}

type Check = (verb: string, line: Line) => Promise<void>;

test('every verb has a row, and every row a verb', () => {
  expect(Object.keys(ROWS).sort()).toEqual(COMMANDS.map(({ verb }) => verb).sort());
});

test('a cell without a command line says why', () => {
  for (const [verb, { badUsage: _, ...cells }] of Object.entries(ROWS)) {
    for (const cell of Object.values<Cell>(cells)) expect(cell.length, verb).toBeGreaterThan(0);
  }
});

test.each([
  ['of success', 'ok'],
  ['of what is so already', 'alreadySo'],
  ['of a plugin that is not there', 'noSuchPlugin'],
] as const)(
  'in the case %s every verb ends, prints and answers in JSON as its row says',
  async (_, situation) => {
    const shared = (cell: Cell): Cell =>
      typeof cell === 'string' ? cell : cell.filter((line) => !line.isAlone);
    await walk(
      (_command, row) => shared(row[situation]),
      (verb, line) => checkLine(verb, line, stage.folder),
    );
  },
);

test('what needs a torud of its own ends, prints and answers in JSON as its row says', async () => {
  const alone = (cell: Cell): readonly Line[] =>
    typeof cell === 'string' ? [] : cell.filter((line) => line.isAlone);
  await walk(
    (_, row) => [...alone(row.ok), ...alone(row.alreadySo)],
    async (verb, line) => {
      for (const format of [[], ['--json']]) {
        await using own = await PluginStage.open({ sleeper: '' });
        await writeScripts(own.paths, SCRIPTS);
        for (const before of line.before ?? []) await runToru(own.folder, wordsOf(before));
        const result = await runToru(own.folder, [...wordsOf(line.words), ...format]);
        if (verb === 'daemon stop') await own.rig.ended();
        if (format.length === 0) checkPlain(verb, line, result);
        else checkJson(line, result);
      }
    },
    2,
  );
});

test.skipIf(!IS_ROOT)(
  `a user who may only view is refused with exit code 4 by every verb that changes something${IS_ROOT ? '' : ' (skipped: only root can become other users)'}`,
  () =>
    walk(
      (_, row) => row.notPermitted,
      (verb, line) => checkLine(verb, line, stage.folder, { options: { uid: VIEWER, cwd: '/' } }),
    ),
);

test.concurrent('without torud every verb ends, prints and answers in JSON as its row says', () =>
  walk(
    (_, row) => row.daemonDown,
    (verb, line) => checkLine(verb, line, emptyRoot),
  ));

test.concurrent('with a torud that hangs every verb gives up after its time limit, as its row says', () =>
  walk(
    (_, row) => row.timeout,
    (verb, line) => checkLine(verb, line, hung.folder, { words: LIMIT }),
    // They wait, most of the time.
    3 * AT_ONCE,
  ));

test.concurrent(
  'a wrong command line is exit code 2 and one line for every verb, with what to do next',
  () => walk(badLines, (verb, line) => checkLine(verb, line, stage.folder)),
  MANY_LINES_MS,
);

test('help needs no torud, and a verb that nobody knows is exit code 2 with the nearest one', async () => {
  await checkLine('help', { words: 'help list', stdout: /^Usage: toru list/m }, emptyRoot);
  await checkLine('help', { words: 'help exit-codes', stdout: /124/ }, emptyRoot);
  await checkLine('help', { words: 'help nix', code: 2, error: 'usage' }, emptyRoot);
  expect(await runToru(emptyRoot, ['strat', 'web'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^toru: unknown verb "strat"; [^\n]*start[^\n]*\n$/),
  });
});
