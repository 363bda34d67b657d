/** Help as data (`toru help --json`): the same declarations that the parsers and the text read. */

import { ERROR_KINDS } from '../protocol/errors.ts';
import type { Command, OptionSpec } from './command.ts';
import { GLOBAL_OPTIONS } from './command.ts';
import { VERB_GROUPS } from './verbs.ts';

/** Verbs, all or those that were asked for, and the options that every verb takes. */
export function helpDocument(commands: readonly Command[]): object {
  return { help: { verbs: commands.map(verbData), options: GLOBAL_OPTIONS.map(optionData) } };
}

export function exitCodeDocument(): object {
  const exitCodes = Object.entries(ERROR_KINDS).map(([code, { means, queryExit, actionExit }]) => ({
    code,
    means,
    queryExit,
    actionExit,
  }));
  return { help: { exitCodes } };
}

function verbData(command: Command): object {
  const { verb, aliases, kind, operands, does, details, options, examples, formats } = command;
  return {
    verb,
    aliases: aliases ?? [],
    group: VERB_GROUPS.find((group) => group.commands.includes(command))?.title ?? null,
    kind,
    operands,
    does,
    details: details ?? null,
    options: options.map(optionData),
    formats: formats ?? [],
    examples,
  };
}

function optionData({ name, short, value, isRepeatable, does }: OptionSpec): object {
  return { name, short: short ?? null, value: value ?? null, isRepeatable: isRepeatable === true, does };
}
