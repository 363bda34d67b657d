/** The full parser: commander, fed with the declarations of the verbs. It makes the same invocation as the fast one. */

import { Command as Commander, CommanderError, Option } from 'commander';
import type { ErrorBody } from '../protocol/errors.ts';
import { errorBody } from '../protocol/errors.ts';
import type { Result } from '../protocol/result.ts';
import { failure, success } from '../protocol/result.ts';
import type { Command, Invocation, OptionSpec, RawOptions } from './command.ts';
import { GLOBAL_OPTIONS, withOption } from './command.ts';
import { nearestHint } from './nearest.ts';

/** Takes words apart whose verb is known to be one of `commands`. Failure: `usage`. */
export function parseFullArguments(
  words: readonly string[],
  commands: readonly Command[],
): Result<Invocation, ErrorBody> {
  let options: RawOptions = {};
  let found: Invocation | undefined;
  const program = silent(new Commander('toru'));
  const onOption = (spec: OptionSpec, value: string | null | undefined): void => {
    options = withOption(options, spec, spec.value === undefined ? true : (value ?? ''));
  };
  addOptions(program, GLOBAL_OPTIONS, onOption);
  for (const command of parentsFirst(commands)) {
    const one = leafOf(program, command);
    addOptions(one, command.options, onOption);
    one.argument('[operands...]').action((operands: string[]) => {
      found = { command, operands, options: {} };
    });
  }
  try {
    program.parse([...words], { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError) return failure(usageError(thrown, words, commands));
    throw thrown;
  }
  return found === undefined
    ? failure(errorBody('usage', 'no verb is given', { hint: 'see "toru help"' }))
    : success({ ...found, options });
}

/** `kv` for `kv get`: made once, without an action of its own unless it is a verb too. */
function leafOf(program: Commander, command: Command): Commander {
  const [first = '', second] = command.verb.split(' ');
  const parent = program.commands.find((one) => one.name() === first) ?? silent(program.command(first));
  for (const alias of command.aliases ?? []) parent.alias(alias);
  return second === undefined ? parent : silent(parent.command(second));
}

function parentsFirst(commands: readonly Command[]): Command[] {
  return [...commands].sort((left, right) => left.verb.split(' ').length - right.verb.split(' ').length);
}

/** Errors come as exceptions, and help is ours. */
function silent(commander: Commander): Commander {
  return commander
    .exitOverride()
    .helpOption(false)
    .helpCommand(false)
    .allowExcessArguments(true)
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
}

function addOptions(
  commander: Commander,
  specs: readonly OptionSpec[],
  onOption: (spec: OptionSpec, value: string | null | undefined) => void,
): void {
  for (const spec of specs) {
    const letter = spec.short === undefined ? '' : `-${spec.short}, `;
    commander.addOption(
      new Option(`${letter}--${spec.name}${spec.value === undefined ? '' : ` <${spec.value}>`}`),
    );
    commander.on(`option:${spec.name}`, (value: string | null | undefined) => onOption(spec, value));
  }
}

const BEHIND = "what is the script's own stands behind --";

/** True for a verb that hands words on. */
function passesWords({ operands }: Command): boolean {
  return operands.includes('[-- ');
}

/** commander's words, in ours: which option, and the nearest known one. */
function usageError(
  thrown: CommanderError,
  words: readonly string[],
  commands: readonly Command[],
): ErrorBody {
  const quoted = /'([^']*)'/.exec(thrown.message)?.[1] ?? '';
  const verb = words.find((word) => commands.some((one) => one.verb.split(' ')[0] === word));
  const help = `see "toru help${verb === undefined ? '' : ` ${verb}`}"`;
  if (thrown.code === 'commander.unknownOption') {
    const own = commands.filter((one) => verb !== undefined && one.verb.split(' ')[0] === verb);
    const names = [...own.flatMap((one) => one.options), ...GLOBAL_OPTIONS].map((spec) => `--${spec.name}`);
    const hint = nearestHint(quoted, names) ?? (own.some(passesWords) ? `${BEHIND}; ${help}` : help);
    return errorBody('usage', `unknown option "${quoted}"`, { hint });
  }
  if (thrown.code === 'commander.unknownCommand') {
    return errorBody('usage', `unknown verb "${quoted}"`, { hint: help });
  }
  if (thrown.code === 'commander.optionMissingArgument') {
    const [, name, value] = /(--[a-z-]+) <(\w+)>/.exec(quoted) ?? [];
    return errorBody('usage', `option ${name} needs a value: ${value}`, { hint: help });
  }
  return errorBody('usage', thrown.message.replace(/^error: /, ''), { hint: help });
}
