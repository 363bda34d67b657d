/** What a verb is: its declaration as data, and the function that carries it out. Both parsers and the help read it. */

import type { ErrorBody } from '../protocol/errors.ts';
import type { Answer } from './output/answer.ts';
import type { Session } from './session.ts';

export interface OptionSpec {
  /** Long name without the dashes; `no-…` is a name like any other. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What the value is called in the help; absent: the option is a switch. */
  readonly value?: string;
  /** May be given several times. */
  readonly isRepeatable?: boolean;
  readonly does: string;
}

/** Which column of CLI.md's "Exit codes" holds for a verb. */
export type VerbKind = 'query' | 'action';

export interface Command {
  /** One word, or two (`kv get`). */
  readonly verb: string;
  readonly aliases?: readonly string[];
  readonly kind: VerbKind;
  /** Operands as the usage line shows them. */
  readonly operands: string;
  readonly minOperands: number;
  readonly maxOperands: number;
  /** True when the operands are plugin names: `-` reads them from standard input, `--all` stands for all. */
  readonly takesNames: boolean;
  readonly options: readonly OptionSpec[];
  /** Formats of `-o` beside the ones that every verb has. */
  readonly formats?: readonly string[];
  /** Begins in lower case, no full stop. */
  readonly does: string;
  /** More text for `toru help VERB`. */
  readonly details?: string;
  readonly examples: readonly string[];
  readonly run: (session: Session) => Promise<Answer>;
}

export type OptionValue = true | string | readonly string[];
export type RawOptions = Readonly<Record<string, OptionValue>>;

/** A command line, taken apart: both parsers make the same one of the same words. */
export interface Invocation {
  readonly command: Command;
  readonly operands: readonly string[];
  /** By long name; repeatable ones as arrays. */
  readonly options: RawOptions;
}

/** Options that every verb takes, before or after it. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { name: 'root', value: 'DIR', does: 'everything lies under DIR (TORU_ROOT)' },
  { name: 'system', does: 'the torud of this machine, whoever asks' },
  { name: 'json', does: 'the same as -o json; errors are JSON as well' },
  { name: 'output', short: 'o', value: 'FORMAT', does: 'table, plain, json, json-lines or value' },
  { name: 'plain', does: 'the same as -o plain: one record a line, tabs between, nothing cut' },
  { name: 'no-legend', does: 'no header line' },
  { name: 'color', value: 'WHEN', does: 'always, never or auto' },
  { name: 'no-pager', does: 'long output goes to the terminal as it is (TORU_PAGER, PAGER)' },
  { name: 'quiet', short: 'q', does: 'no hints and no progress' },
  { name: 'timeout', value: 'DUR', does: 'give up after 500ms, 30s, 5min, 1h; 0 is never; default 90s' },
  { name: 'no-block', does: 'only queue the action' },
  { name: 'all', does: 'every plugin' },
  { name: 'allow-none', does: 'a pattern that matches nothing is no error' },
  { name: 'help', short: 'h', does: 'help for the verb' },
];

/** Adds one occurrence of an option to those that were read before it. */
export function withOption(options: RawOptions, spec: OptionSpec, value: string | true): RawOptions {
  if (spec.isRepeatable !== true || value === true) return { ...options, [spec.name]: value };
  const before = options[spec.name];
  return { ...options, [spec.name]: Array.isArray(before) ? [...before, value] : [value] };
}

/** Why an invocation cannot be run, or undefined. Counts operands; `--all` stands in for names. */
export function operandFault(invocation: Invocation): ErrorBody | undefined {
  const { command, operands, options } = invocation;
  const hint = `see "toru help ${command.verb}"`;
  const hasAll = options.all === true && command.takesNames;
  if (operands.some((operand, at) => operand === '' && isName(command, at))) {
    return {
      code: 'usage',
      message: "a plugin's name is empty",
      hint: 'is a variable of the script not set?',
    };
  }
  const dashed = operands.find((operand, at) => /^-\d/.test(operand) && isName(command, at));
  if (dashed !== undefined) return { code: 'usage', message: `unknown option "${dashed}"`, hint };
  const empty = command.options.find((spec) => isEmptyWord(spec, options[spec.name]));
  if (empty !== undefined) {
    return {
      code: 'usage',
      message: `--${empty.name} is empty`,
      hint: 'is a variable of the script not set?',
    };
  }
  if (hasAll && operands.length > 0) {
    return { code: 'usage', message: 'give names or --all, not both', hint };
  }
  if (operands.length < command.minOperands && !hasAll) {
    return { code: 'usage', message: `needs ${command.operands}`, hint };
  }
  if (operands.length > command.maxOperands) {
    const extra = operands[command.maxOperands] ?? '';
    return {
      code: 'usage',
      message: `takes nothing more than ${command.operands || 'its name'}: "${extra}"`,
      hint,
    };
  }
  return undefined;
}

/** True for a value in which there is no word, where words choose what is meant: none of them would mean all. */
function isEmptyWord({ name, value }: OptionSpec, given: OptionValue | undefined): boolean {
  if (value === undefined || given === undefined || given === true || name === 'grep') return false;
  const words = typeof given === 'string' ? [given] : given;
  return words.some((word) => word.split(',').every((part) => part.trim() === ''));
}

/** True when the operand at this place names a plugin. */
function isName(command: Command, at: number): boolean {
  return command.takesNames || /\bNAME\b/.test(command.operands.split(' ')[at] ?? '');
}
