/** The command line's tables: verbs, options, exit codes. */

import { type Command, GLOBAL_OPTIONS, type OptionSpec } from '../../src/cli/command.ts';
import { VERB_GROUPS } from '../../src/cli/verbs.ts';
import { ERROR_KINDS } from '../../src/protocol/errors.ts';
import { bold, example, italic, literal, plain, section, sentence, term } from './roff.mts';

export function globalOptions(): string {
  return GLOBAL_OPTIONS.map((option) => term(optionHead(option), sentence(option.does))).join('\n');
}

export function verbs(): string {
  return VERB_GROUPS.flatMap(({ title, commands }) => [section(title), ...commands.map(verb)]).join('\n');
}

function verb(command: Command): string {
  const aliases = command.aliases ?? [];
  const also = aliases.length === 0 ? '' : ` (also ${aliases.map(bold).join(', ')})`;
  const head = [`${bold(command.verb)}${also}`, operands(command.operands)].filter(Boolean).join(' ');
  const details = command.details === undefined ? [] : [plain(command.details)];
  return [
    term(head, [sentence(command.does), ...details].join('\n')),
    ...(command.options.length === 0 ? [] : ['.RS', ...command.options.map(optionTerm), '.RE']),
    example(command.examples),
  ].join('\n');
}

function optionTerm(option: OptionSpec): string {
  return term(optionHead(option), sentence(option.does));
}

function optionHead({ name, short, value, isRepeatable }: OptionSpec): string {
  const long = bold(`--${name}`) + (value === undefined ? '' : `=${italic(value)}`);
  const head = short === undefined ? long : `${bold(`-${short}`)}, ${long}`;
  return isRepeatable === true ? `${head} (repeatable)` : head;
}

/** `NAME...` and the like: words in italics, brackets and bars as they are. */
function operands(text: string): string {
  return text.replaceAll(/[^[\]| ]+/g, (word) => (/^[A-Z]/.test(word) ? italic(word) : literal(word)));
}

/** One entry a number, each with the error codes that end in it. */
export function exitCodes(): string {
  const rows = new Map<number, string[]>([
    [0, ['running or yes; for action verbs done, or already so']],
    [1, ['is-enabled and is-failed: no; kv get: there is no such key']],
    [3, ['query verbs: not running']],
  ]);
  for (const [code, { means, actionExit, queryExit }] of Object.entries(ERROR_KINDS)) {
    const isSame = actionExit === queryExit;
    note(rows, actionExit, `${isSame ? '' : 'action verbs: '}${means} (${code})`);
    if (!isSame) note(rows, queryExit, `query verbs: ${means} (${code})`);
  }
  return [...rows]
    .sort(([one], [other]) => one - other)
    .map(([exit, meanings]) => term(bold(String(exit)), sentence(meanings.join('; '))))
    .join('\n');
}

function note(rows: Map<number, string[]>, exit: number, text: string): void {
  rows.set(exit, [...(rows.get(exit) ?? []), text]);
}
