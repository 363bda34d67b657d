/** The words of a command line of `toru-web`, read and checked. */

import { parseArgs } from 'node:util';
import { type ErrorBody, errorBody } from '../../../src/protocol/errors.ts';
import { failure, messageOf, type Result, success } from '../../../src/protocol/result.ts';

export interface Options {
  readonly root?: string;
  readonly system?: boolean;
  readonly json?: boolean;
  readonly plain?: boolean;
  readonly output?: string;
  readonly help?: boolean;
  readonly role?: string;
  readonly plugins?: string;
  readonly days?: string;
  readonly lines?: string;
}

/** Those of `toru`. */
const FORMATS: readonly string[] = ['table', 'plain', 'json', 'json-lines', 'value'];

export function formatOf({ output, json, plain }: Options): string {
  if (output !== undefined) return output;
  if (json === true) return 'json';
  return plain === true ? 'plain' : 'table';
}

/** True when errors go out as JSON, too. */
export function isJson(options: Options): boolean {
  return formatOf(options).startsWith('json');
}

/** The same of words that could not be read. */
export function asksForJson(argv: readonly string[]): boolean {
  const text = argv.join(' ');
  return /(^| )(--json|-o *json\S*|--output[= ]json\S*)( |$)/.test(text);
}

export interface Words {
  /** `user add`, `token list`, … */
  readonly verb: string;
  readonly operands: readonly string[];
  readonly options: Options;
}

export interface Verb {
  /** Operands and options, as a person reads them. */
  readonly form: string;
  readonly does: string;
  readonly operands: readonly [least: number, most: number];
}

/** What `toru web` can do: read by the parser, the help and the manual. */
export const VERBS: Readonly<Record<string, Verb>> = {
  'user add': {
    form: 'NAME [--role view|operate|admin]',
    does: 'add a user (role: view unless said); the password comes from standard input',
    operands: [1, 1],
  },
  'user passwd': {
    form: 'NAME',
    does: 'another password; all sessions and tokens of the user end',
    operands: [1, 1],
  },
  'user role': { form: 'NAME ROLE', does: 'another role', operands: [2, 2] },
  'user list': { form: '', does: 'all users', operands: [0, 0] },
  'user remove': {
    form: 'NAME',
    does: 'remove a user, with all sessions and tokens',
    operands: [1, 1],
  },
  'token add': {
    form: 'USER NAME [--role ROLE] [--plugins ID,…] [--days N]',
    does: 'make an API token and print it, this once (view, all plugins, 90 days)',
    operands: [2, 2],
  },
  'token list': { form: '[USER]', does: 'tokens, without what they are', operands: [0, 1] },
  'token remove': { form: 'ID', does: 'remove a token', operands: [1, 1] },
  audit: {
    form: '[-n N]',
    does: 'what was asked for over HTTP, and who signed in; newest first',
    operands: [0, 0],
  },
};

/** Of the codes of `toru`, those that end a command here. */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'failed',
  2: 'usage',
  4: 'not permitted',
  5: 'no such user or token',
  6: 'not valid',
};

/** Where what a verb does begins. */
const COLUMN = 46;

export const HELP = `Usage: toru web VERB [OPTION…]

${Object.entries(VERBS)
  .map(([name, verb]) => helpLines(name, verb))
  .join('\n')}

Options: --root DIR, --system, -o FORMAT, --json, --plain (as for toru), --help
Exit codes: ${Object.entries(EXIT_CODES)
  .map(([code, means]) => `${code} ${means}`)
  .join(', ')}
`;

function helpLines(name: string, { form, does }: Verb): string {
  const head = `  ${name} ${form}`.trimEnd();
  return head.length + 2 > COLUMN ? `${head}\n${' '.repeat(COLUMN)}${does}` : head.padEnd(COLUMN) + does;
}

export function readWords(argv: readonly string[]): Result<Words, ErrorBody> {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        root: { type: 'string' },
        system: { type: 'boolean' },
        json: { type: 'boolean' },
        plain: { type: 'boolean' },
        output: { type: 'string', short: 'o' },
        help: { type: 'boolean', short: 'h' },
        role: { type: 'string' },
        plugins: { type: 'string' },
        days: { type: 'string' },
        lines: { type: 'string', short: 'n' },
      },
    });
    if (values.help === true) return success({ verb: 'help', operands: [], options: values });
    if (!FORMATS.includes(formatOf(values)))
      return usage(`unknown format "${values.output}" (it is one of ${FORMATS.join(', ')})`);
    return verbOf(positionals, values);
  } catch (thrown) {
    return usage(messageOf(thrown).split('. ')[0] ?? '');
  }
}

function verbOf(words: readonly string[], options: Options): Result<Words, ErrorBody> {
  const [first = '', second = ''] = words;
  const length = VERBS[first] === undefined ? 2 : 1;
  const verb = length === 1 ? first : `${first} ${second}`.trim();
  const bounds = VERBS[verb]?.operands;
  if (bounds === undefined) return usage(verb === '' ? 'no verb is given' : `unknown verb "${verb}"`);
  const operands = words.slice(length);
  const [least, most] = bounds;
  if (operands.length < least || operands.length > most) {
    return usage(
      `${verb} takes ${least === most ? least : `${least} to ${most}`} operands, not ${operands.length}`,
    );
  }
  return success({ verb, operands, options });
}

function usage(message: string): Result<never, ErrorBody> {
  return failure(errorBody('usage', message, { hint: 'see "toru web --help"' }));
}
