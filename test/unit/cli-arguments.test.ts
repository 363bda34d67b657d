/** Command lines: both parsers make the same invocation of the same words, and wrong words are named. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Command } from '../../src/cli/command.ts';
import { GLOBAL_OPTIONS, operandFault } from '../../src/cli/command.ts';
import { parseFullArguments } from '../../src/cli/full-arguments.ts';
import { readGlobals } from '../../src/cli/globals.ts';
import { parsePlainArguments } from '../../src/cli/plain-arguments.ts';
import { COMMANDS } from '../../src/cli/verbs.ts';

const ONE_WORD = COMMANDS.filter((command) => !command.verb.includes(' '));

function commandOf(verb: string): Command {
  const found = COMMANDS.find((command) => command.verb === verb);
  if (found === undefined) throw new Error(`no verb ${verb}`);
  return found;
}

function fullOf(words: readonly string[]): unknown {
  const parsed = parseFullArguments(words, COMMANDS);
  return parsed.ok
    ? { verb: parsed.value.command.verb, ...parsed.value, command: undefined }
    : parsed.failure;
}

test('whatever the fast parser accepts, the full parser takes apart in the same way', () => {
  const word = fc.constantFrom(
    'list',
    'ls',
    'start',
    'stop',
    'status',
    'is-active',
    'enable',
    'web',
    'web-*',
    '-',
    '--json',
    '--no-start',
    '--all-of',
    '--root',
    '--root=/x',
    '--timeout',
    '5s',
    '-o',
    'json',
    '-q',
    '--state',
    '--state=failed',
    '--plain',
    '--no-block',
    '--no-legend',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      const fast = parsePlainArguments(words, ONE_WORD);
      if (fast === undefined) return;
      expect(fullOf(words)).toEqual({ verb: fast.command.verb, ...fast, command: undefined });
    }),
    { numRuns: 2000 },
  );
});

test('the plain forms of the common verbs take the fast path', () => {
  for (const words of [
    ['list'],
    ['ls', '--failed'],
    ['--root', '/x', 'start', 'web'],
    ['stop', 'web', '--timeout=5s', '--no-block'],
    ['is-active', 'a', 'b', '--all-of'],
  ]) {
    expect(parsePlainArguments(words, ONE_WORD), words.join(' ')).toBeDefined();
  }
});

test('help, unknown options, abbreviations and "--" are left to the full parser', () => {
  for (const words of [
    ['list', '--help'],
    ['list', '--stat', 'x'],
    ['lis'],
    ['start', '--', 'web'],
    ['list', '-qo', 'json'],
    ['start', '--timeout'],
  ]) {
    expect(parsePlainArguments(words, ONE_WORD), words.join(' ')).toBeUndefined();
  }
});

test('global options are taken before and after the verb', () => {
  const before = fullOf(['--root', '/x', '-o', 'json', 'logs', 'web', '-f']);
  expect(before).toEqual(fullOf(['logs', '-f', 'web', '-o', 'json', '--root=/x']));
  expect(before).toMatchObject({ operands: ['web'], options: { root: '/x', output: 'json', follow: true } });
});

test('clusters of letters, negative numbers, repeated options and "--" are understood', () => {
  expect(fullOf(['logs', '-fn5', 'web'])).toMatchObject({
    options: { follow: true, lines: '5' },
    operands: ['web'],
  });
  expect(fullOf(['logs', '--run', '-1'])).toMatchObject({ options: { run: '-1' } });
  expect(fullOf(['crashes', 'show', '-1', 'web'])).toMatchObject({
    verb: 'crashes show',
    operands: ['-1', 'web'],
  });
  expect(fullOf(['wait', 'web', '--for', 'ready', '--for=exit=0'])).toMatchObject({
    options: { for: ['ready', 'exit=0'] },
  });
  expect(fullOf(['kv', 'set', 'a', 'b', '--', '--json'])).toMatchObject({ operands: ['a', 'b', '--json'] });
});

test('crashes takes names, and crashes show is a verb of its own', () => {
  expect(fullOf(['crashes', 'web', '-n', '3'])).toMatchObject({
    verb: 'crashes',
    operands: ['web'],
    options: { lines: '3' },
  });
});

test('a wrong option is named with the nearest one, and never taken for an abbreviation', () => {
  expect(fullOf(['logs', '--folow'])).toMatchObject({
    code: 'usage',
    message: 'unknown option "--folow"',
    hint: 'did you mean "--follow"?',
  });
  expect(fullOf(['logs', '--foll'])).toMatchObject({ code: 'usage' });
  expect(fullOf(['start', 'web', '--timeout'])).toMatchObject({
    message: 'option --timeout needs a value: DUR',
  });
});

test('missing and superfluous operands are usage errors', () => {
  const start = commandOf('start');
  expect(operandFault({ command: start, operands: [], options: {} })).toMatchObject({ code: 'usage' });
  expect(operandFault({ command: start, operands: [], options: { all: true } })).toBeUndefined();
  expect(operandFault({ command: start, operands: ['a'], options: { all: true } })).toMatchObject({
    code: 'usage',
  });
  expect(operandFault({ command: commandOf('why'), operands: ['a', 'b'], options: {} })).toMatchObject({
    code: 'usage',
  });
});

test('formats, colours and time limits are checked', () => {
  const list = commandOf('list');
  expect(readGlobals({}, list)).toMatchObject({
    value: { format: 'table', timeoutMs: 90_000, isBlocking: true },
  });
  expect(readGlobals({ json: true }, list)).toMatchObject({ value: { format: 'json', isJson: true } });
  expect(readGlobals({ timeout: '0' }, list)).toMatchObject({ value: { timeoutMs: 0 } });
  expect(readGlobals({ output: 'jsn' }, list)).toMatchObject({ failure: { hint: 'did you mean "json"?' } });
  expect(readGlobals({ output: 'cat' }, list)).toMatchObject({ ok: false });
  expect(readGlobals({ output: 'cat' }, commandOf('logs'))).toMatchObject({ ok: true });
  expect(readGlobals({ color: 'red' }, list)).toMatchObject({ ok: false });
  expect(readGlobals({ timeout: 'soon' }, list)).toMatchObject({ ok: false });
});

test("no verb has an option that hides one of every verb, but for a time limit that is the task's and not the command's", () => {
  const limits = ['run', 'actions add', 'actions edit'];
  const names = GLOBAL_OPTIONS.flatMap(({ name, short }) => [name, ...(short === undefined ? [] : [short])]);
  const hidden = COMMANDS.flatMap((command) =>
    command.options
      .filter(({ name }) => name !== 'timeout' || !limits.includes(command.verb))
      .filter(({ name, short }) => names.includes(name) || names.includes(short ?? '')),
  );
  expect(hidden).toEqual([]);
});

test('every verb that changes something takes --changed and --dry-run', () => {
  // They change nothing.
  const others = ['wait', 'check', 'task wait'];
  // A task that was begun is always a new one.
  const always = ['run', 'actions run'];
  const lacking = COMMANDS.filter(
    ({ kind, verb, options }) =>
      kind === 'action' &&
      !others.includes(verb) &&
      !(always.includes(verb) ? ['dry-run'] : ['changed', 'dry-run']).every((wanted) =>
        options.some(({ name }) => name === wanted),
      ),
  );
  expect(lacking.map(({ verb }) => verb)).toEqual([]);
});
