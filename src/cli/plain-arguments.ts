/**
 * The fast parser: takes apart command lines in their plain forms, from the same declarations that the full parser is
 * fed with. What it does not know (a cluster, `--`, a wrong option, help) it leaves to the full one, errors included.
 */

import type { Command, Invocation, OptionSpec, RawOptions } from './command.ts';
import { GLOBAL_OPTIONS, withOption } from './command.ts';

/** @returns undefined when the full parser must decide. */
export function parsePlainArguments(
  words: readonly string[],
  commands: readonly Command[],
): Invocation | undefined {
  let command: Command | undefined;
  let options: RawOptions = {};
  const operands: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '-' || !word.startsWith('-')) {
      if (command !== undefined) operands.push(word);
      else command = commands.find((one) => one.verb === word || one.aliases?.includes(word) === true);
      if (command === undefined) return undefined;
      continue;
    }
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    const spec = findOption(equals === -1 ? word : word.slice(0, equals), command);
    if (spec === undefined || spec.name === 'help') return undefined;
    if (spec.value === undefined) {
      if (equals !== -1) return undefined;
      options = withOption(options, spec, true);
      continue;
    }
    const value = equals === -1 ? words[++at] : word.slice(equals + 1);
    // A value that looks like an option is a case for the full parser: it was most likely forgotten.
    if (value === undefined || (equals === -1 && value.startsWith('-'))) return undefined;
    options = withOption(options, spec, value);
  }
  return command === undefined ? undefined : { command, operands, options };
}

function findOption(word: string, command: Command | undefined): OptionSpec | undefined {
  const matches = (spec: OptionSpec): boolean => word === `--${spec.name}` || word === `-${spec.short}`;
  return command?.options.find(matches) ?? GLOBAL_OPTIONS.find(matches);
}
