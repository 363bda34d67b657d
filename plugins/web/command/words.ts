/** The words of a command line of `toru-web`, read and checked. */

import { parseArgs } from 'node:util';
import { type ErrorBody, errorBody } from '../../../src/protocol/errors.ts';
import { failure, messageOf, type Result, success } from '../../../src/protocol/result.ts';

export interface Options {
  readonly root?: string;
  readonly system?: boolean;
  readonly json?: boolean;
  readonly plain?: boolean;
  readonly help?: boolean;
  readonly role?: string;
  readonly plugins?: string;
  readonly days?: string;
  readonly lines?: string;
}

export interface Words {
  /** `user add`, `token list`, … */
  readonly verb: string;
  readonly operands: readonly string[];
  readonly options: Options;
}

export const HELP = `Usage: toru web VERB [OPTION…]

  user add NAME [--role view|operate|admin]   add a user (role: view unless said); the password comes from standard input
  user passwd NAME                            another password; all sessions and tokens of the user end
  user role NAME ROLE                         another role
  user list                                   all users
  user remove NAME                            remove a user, with all sessions and tokens
  token add USER NAME [--role ROLE] [--plugins ID,…] [--days N]
                                              make an API token and print it, this once (view, all plugins, 90 days)
  token list [USER]                           tokens, without what they are
  token remove ID                             remove a token
  audit [-n N]                                what was asked for over HTTP, and who signed in; newest first

Options: --root DIR, --system (as for toru), --json, --plain, --help
Exit codes: 0 done, 1 failed, 2 usage, 4 not permitted, 5 no such user or token, 6 not valid
`;

/** Verbs with how many operands they take. */
const VERBS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  'user add': [1, 1],
  'user passwd': [1, 1],
  'user role': [2, 2],
  'user list': [0, 0],
  'user remove': [1, 1],
  'token add': [2, 2],
  'token list': [0, 1],
  'token remove': [1, 1],
  audit: [0, 0],
};

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
        help: { type: 'boolean', short: 'h' },
        role: { type: 'string' },
        plugins: { type: 'string' },
        days: { type: 'string' },
        lines: { type: 'string', short: 'n' },
      },
    });
    if (values.help === true) return success({ verb: 'help', operands: [], options: values });
    return verbOf(positionals, values);
  } catch (thrown) {
    return usage(messageOf(thrown).split('. ')[0] ?? '');
  }
}

function verbOf(words: readonly string[], options: Options): Result<Words, ErrorBody> {
  const [first = '', second = ''] = words;
  const length = VERBS[first] === undefined ? 2 : 1;
  const verb = length === 1 ? first : `${first} ${second}`.trim();
  const bounds = VERBS[verb];
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
