/** The full path of `toru`: every verb, every form of a command line, help, and verbs from PATH. */

import { errorBody } from '../protocol/errors.ts';
import type { Command, OptionSpec } from './command.ts';
import { GLOBAL_OPTIONS } from './command.ts';
import { parseFullArguments } from './full-arguments.ts';
import { exitCodeHelp, generalHelp, verbHelp } from './help-text.ts';
import { nearestHint } from './nearest.ts';
import { formatError } from './output/report-error.ts';
import { isTerminalDescriptor } from './output/screen.ts';
import { OutputClosed, writeNote, writeOutput } from './output/sink.ts';
import { findOutsideVerb, runOutsideVerb } from './outside-verb.ts';
import { runCommand } from './run-command.ts';
import { COMMANDS } from './verbs.ts';

const USAGE_EXIT = 2;

/** @param words argv without node and the script. @returns the exit code */
export async function main(words: readonly string[]): Promise<number> {
  const { verbAt, hasHelp, hasVersion } = look(words);
  const verb = words[verbAt];
  if (verb === 'help')
    return help(
      words.slice(verbAt + 1).filter((word) => !word.startsWith('-')),
      words,
    );
  if (verb === undefined) {
    if (hasHelp) return print(generalHelp());
    if (hasVersion)
      return runWords([...words.filter((word) => word !== '--version' && word !== '-V'), 'version']);
    return withoutVerb(words);
  }
  if (!COMMANDS.some((command) => firstWord(command) === verb || command.aliases?.includes(verb) === true)) {
    return unknownVerb(verb, verbAt, words);
  }
  if (hasHelp)
    return help(
      words.slice(verbAt).filter((word) => !word.startsWith('-')),
      words,
    );
  return runWords(words);
}

async function runWords(words: readonly string[]): Promise<number> {
  const [first = '', second = ''] = operandsOf(words);
  const group = COMMANDS.filter((command) => command.verb.startsWith(`${first} `));
  if (group.length > 0 && !COMMANDS.some(({ verb }) => verb === first || verb === `${first} ${second}`)) {
    const known = group.map((command) => command.verb.slice(first.length + 1));
    const problem = second === '' ? `${first} what?` : `unknown verb "${first} ${second}"`;
    return usage(problem, nearestHint(second, known) ?? `it is one of: ${known.join(', ')}`, words);
  }
  const parsed = parseFullArguments(words, COMMANDS);
  if (parsed.ok) return runCommand(parsed.value);
  return usage(parsed.failure.message, parsed.failure.hint, words, first);
}

/** `toru` alone: the live list on a terminal, else the help where it does not get into anybody's data. */
async function withoutVerb(words: readonly string[]): Promise<number> {
  if (isTerminalDescriptor(1) && isTerminalDescriptor(0)) return runWords([...words, 'list', '--watch']);
  await writeNote(`${generalHelp()}\n`);
  return USAGE_EXIT;
}

async function unknownVerb(verb: string, verbAt: number, words: readonly string[]): Promise<number> {
  const file = findOutsideVerb(verb, process.env.PATH ?? '');
  if (file !== undefined) {
    const rootAt = words.slice(0, verbAt).indexOf('--root');
    const root = rootAt === -1 ? {} : { TORU_ROOT: words[rootAt + 1] };
    return runOutsideVerb(file, words.slice(verbAt + 1), { ...process.env, ...root });
  }
  const known = COMMANDS.flatMap((command) => [firstWord(command), ...(command.aliases ?? [])]);
  return usage(`unknown verb "${verb}"`, nearestHint(verb, [...known, 'help']) ?? 'see "toru help"', words);
}

async function help(topic: readonly string[], words: readonly string[]): Promise<number> {
  const [first, second] = topic;
  if (first === undefined || first === 'help') return print(generalHelp());
  if (first === 'exit-codes') return print(exitCodeHelp());
  const isNamed = (command: Command): boolean =>
    command.verb === first || command.aliases?.includes(first) === true;
  const two = COMMANDS.find((command) => command.verb === `${first} ${second}`);
  const found = two === undefined ? COMMANDS.filter(isNamed) : [two];
  const group = COMMANDS.filter((command) => command.verb.startsWith(`${first} `));
  const shown = two === undefined ? [...found, ...group] : found;
  if (shown.length > 0) return print(shown.map(verbHelp).join('\n\n'));
  const known = [...COMMANDS.map(firstWord), 'exit-codes'];
  return usage(
    `there is no help for "${first}"`,
    nearestHint(first, known) ?? 'see "toru help"',
    words,
    'help',
  );
}

async function print(text: string): Promise<number> {
  try {
    await writeOutput(`${text}\n`);
  } catch (thrown) {
    if (!(thrown instanceof OutputClosed)) throw thrown;
  }
  return 0;
}

async function usage(
  message: string,
  hint: string | undefined,
  words: readonly string[],
  verb = '',
): Promise<number> {
  const isJson = words.some(
    (word, at) => word === '--json' || (/^json/.test(word) && words[at - 1] === '-o'),
  );
  await writeNote(formatError(errorBody('usage', message, { hint }), verb, isJson));
  return USAGE_EXIT;
}

/** Where the verb is: the first word that is neither an option nor the value of one. */
function look(words: readonly string[]): { verbAt: number; hasHelp: boolean; hasVersion: boolean } {
  const end = words.indexOf('--');
  const options = end === -1 ? words : words.slice(0, end);
  const verbAt = operandPositions(words, 1)[0] ?? words.length;
  return {
    verbAt,
    hasHelp: options.some((word, at) => (word === '--help' || word === '-h') && !takesValue(options[at - 1])),
    hasVersion: options.includes('--version') || options.includes('-V'),
  };
}

function operandsOf(words: readonly string[]): string[] {
  return operandPositions(words, 2).map((at) => words[at] ?? '');
}

function operandPositions(words: readonly string[], most: number): number[] {
  const found: number[] = [];
  for (let at = 0; at < words.length && found.length < most; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') continue;
    if (takesValue(word)) at += 1;
    else if (!word.startsWith('-') || word === '-') found.push(at);
  }
  return found;
}

/** True for a global option whose value is the next word. */
function takesValue(word: string | undefined): boolean {
  const isIt = (spec: OptionSpec): boolean => word === `--${spec.name}` || word === `-${spec.short}`;
  return GLOBAL_OPTIONS.some((spec) => spec.value !== undefined && isIt(spec));
}

function firstWord(command: Command): string {
  return command.verb.split(' ')[0] ?? '';
}
