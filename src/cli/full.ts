/** The full path of `toru`: every verb, every form of a command line, help, and verbs from PATH. */

import { join } from 'node:path';
import { errorBody } from '../protocol/errors.ts';
import { JSON_SCHEMA } from '../protocol/version.ts';
import type { Command, OptionSpec } from './command.ts';
import { GLOBAL_OPTIONS } from './command.ts';
import { parseFullArguments } from './full-arguments.ts';
import { exitCodeDocument, helpDocument } from './help-document.ts';
import { exitCodeHelp, generalHelp, verbHelp } from './help-text.ts';
import { nearestHint } from './nearest.ts';
import { formatError } from './output/report-error.ts';
import { isTerminalDescriptor } from './output/screen.ts';
import { writeNote } from './output/sink.ts';
import { findOutsideVerb, runOutsideVerb } from './outside-verb.ts';
import { REFUSED_EXIT, refusalOf, runCommand } from './run-command.ts';
import { COMMANDS } from './verbs.ts';

/** For the fast bundle. */
export { showLive } from './live-progress.ts';
export { pageText } from './pager.ts';

const USAGE_EXIT = 2;

/** @param words argv without node and the script. @returns the exit code */
export async function main(words: readonly string[]): Promise<number> {
  // Else Node opens the port of its inspector, which would belong to root more often than not.
  process.on('SIGUSR1', () => undefined);
  const { verbAt, hasHelp, hasVersion } = look(words);
  const verb = words[verbAt];
  if (verb === 'help') return help(operandsOf(words, 3).slice(1), words);
  if (verb === undefined) {
    if (hasHelp) return help([], words);
    if (hasVersion)
      return runWords([...words.filter((word) => word !== '--version' && word !== '-V'), 'version']);
    return withoutVerb(words);
  }
  if (!COMMANDS.some((command) => firstWord(command) === verb || command.aliases?.includes(verb) === true)) {
    return unknownVerb(verb, verbAt, words);
  }
  if (hasHelp) return help(operandsOf(words), words);
  return runWords(words);
}

async function runWords(given: readonly string[]): Promise<number> {
  const words = withSignalOption(given);
  const [first = '', second = ''] = operandsOf(words);
  const group = COMMANDS.filter((command) => command.verb.startsWith(`${first} `));
  if (group.length > 0 && !COMMANDS.some(({ verb }) => verb === first || verb === `${first} ${second}`)) {
    const known = group.map((command) => command.verb.slice(first.length + 1));
    const problem = second === '' ? `${first} what?` : `unknown verb "${first} ${second}"`;
    return usage(problem, nearestHint(second, known) ?? `it is one of: ${known.join(', ')}`, words);
  }
  const parsed = parseFullArguments(words, COMMANDS);
  if (parsed.ok) return runCommand(parsed.value);
  const isTwoWords = COMMANDS.some(({ verb }) => verb === `${first} ${second}`);
  return usage(parsed.failure.message, parsed.failure.hint, words, isTwoWords ? `${first} ${second}` : first);
}

/** `kill -9 web` and `kill -HUP web`, as kill(1) takes them, in our words. */
function withSignalOption(words: readonly string[]): readonly string[] {
  if (operandsOf(words, 1)[0] !== 'kill') return words;
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  return words.flatMap((word, at) =>
    at < end && /^-(\d{1,2}|[A-Z][A-Z0-9+-]+)$/.test(word) ? ['--signal', word.slice(1)] : [word],
  );
}

/** `toru` alone: the live list on a terminal, else the help where it does not get into anybody's data. */
async function withoutVerb(words: readonly string[]): Promise<number> {
  if (isTerminalDescriptor(1) && isTerminalDescriptor(0)) return runWords([...words, 'top']);
  if (asksForJson(words)) return usage('no verb is given', 'see "toru help"', words);
  await writeNote(`${generalHelp()}\n`);
  return USAGE_EXIT;
}

async function unknownVerb(verb: string, verbAt: number, words: readonly string[]): Promise<number> {
  const file = findOutsideVerb(verb, process.env.PATH ?? '', join(__dirname, '..', 'bin'));
  if (file !== undefined) {
    const given = rootOf(words.slice(0, verbAt));
    const root = given === undefined ? {} : { TORU_ROOT: given };
    return runOutsideVerb(file, words.slice(verbAt + 1), { ...process.env, ...root });
  }
  const known = COMMANDS.flatMap((command) => [firstWord(command), ...(command.aliases ?? [])]);
  return usage(`unknown verb "${verb}"`, nearestHint(verb, [...known, 'help']) ?? 'see "toru help"', words);
}

/** What `--root DIR` or `--root=DIR` says; the last one counts. */
function rootOf(words: readonly string[]): string | undefined {
  const at = words.findLastIndex((word) => word === '--root' || word.startsWith('--root='));
  return words[at] === '--root' ? words[at + 1] : words[at]?.slice('--root='.length);
}

async function help(topic: readonly string[], words: readonly string[]): Promise<number> {
  const [first, second] = topic;
  const isJson = asksForJson(words);
  if (first === undefined || first === 'help')
    return print(isJson ? documentText(helpDocument(COMMANDS)) : generalHelp(), isJson, words);
  if (first === 'exit-codes')
    return print(isJson ? documentText(exitCodeDocument()) : exitCodeHelp(), isJson, words);
  const isNamed = (command: Command): boolean =>
    command.verb === first || command.aliases?.includes(first) === true;
  const two = COMMANDS.find((command) => command.verb === `${first} ${second}`);
  const found = two === undefined ? COMMANDS.filter(isNamed) : [two];
  const group = COMMANDS.filter((command) => command.verb.startsWith(`${first} `));
  const shown = two === undefined ? [...found, ...group] : found;
  if (shown.length > 0)
    return print(
      isJson ? documentText(helpDocument(shown)) : shown.map(verbHelp).join('\n\n'),
      isJson,
      words,
    );
  const known = [...COMMANDS.map(firstWord), 'exit-codes'];
  return usage(
    `there is no help for "${first}"`,
    nearestHint(first, known) ?? 'see "toru help"',
    words,
    'help',
  );
}

async function print(text: string, isJson: boolean, words: readonly string[]): Promise<number> {
  const isPaged = isTerminalDescriptor(1) && !words.includes('--no-pager');
  const refusal = await refusalOf(`${text}\n`, isPaged);
  if (refusal === undefined) return 0;
  await writeNote(formatError(errorBody('failed', refusal), '', isJson));
  return REFUSED_EXIT;
}

function documentText(document: object): string {
  return JSON.stringify({ schema: JSON_SCHEMA, ...document });
}

async function usage(
  message: string,
  hint: string | undefined,
  words: readonly string[],
  verb = '',
): Promise<number> {
  await writeNote(formatError(errorBody('usage', message, { hint }), verb, asksForJson(words)));
  return USAGE_EXIT;
}

/** True for `--json`, and for -o with one of the JSON formats in any spelling; works on words that no parser took. */
function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  const options = end === -1 ? words : words.slice(0, end);
  return options.some((word, at) => {
    if (word === '--json' || /^(-o|--output=)json(-lines)?$/.test(word)) return true;
    return /^json(-lines)?$/.test(word) && /^(-o|--output)$/.test(options[at - 1] ?? '');
  });
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

function operandsOf(words: readonly string[], most = 2): string[] {
  return operandPositions(words, most).map((at) => words[at] ?? '');
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
