/** One command line of `toru-web`, from its words to its exit code. */

import { userInfo } from 'node:os';
import { OutputClosed, OutputRefused, writeOutput } from '../../../src/cli/output/sink.ts';
import type { ErrorBody } from '../../../src/protocol/errors.ts';
import { errorBody } from '../../../src/protocol/errors.ts';
import { errnoOf, messageOf, type Result } from '../../../src/protocol/result.ts';
import type { Accounts } from '../login/accounts.ts';
import { openAccounts } from './open-accounts.ts';
import { printError, printTable, type Table } from './print.ts';
import { TOKEN_VERBS } from './tokens.ts';
import { USER_VERBS } from './users.ts';
import { asksForJson, HELP, readWords, type Words } from './words.ts';

/** What a verb has to say; undefined: nothing, it is done. A text is printed as it is. */
export type Outcome = Result<Table | string | undefined, ErrorBody>;
export type Verb = (accounts: Accounts, words: Words) => Promise<Outcome> | Outcome;

const VERBS: Readonly<Record<string, Verb>> = { ...USER_VERBS, ...TOKEN_VERBS };

/** Verbs that change nothing. */
const QUESTIONS: ReadonlySet<string> = new Set(['user list', 'token list', 'audit']);

/** @returns the exit code. Who reads no more, misses nothing (as for `toru`); an output that cannot be written is a failure. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  try {
    return await run(argv);
  } catch (thrown) {
    if (thrown instanceof OutputClosed) return 0;
    if (!(thrown instanceof OutputRefused)) throw thrown;
    return printError('', errorBody('failed', thrown.message), { json: asksForJson(argv) });
  }
}

async function run(argv: readonly string[]): Promise<number> {
  const read = readWords(argv);
  if (!read.ok) return printError('', read.failure, { json: asksForJson(argv) });
  const words = read.value;
  const verb = VERBS[words.verb];
  if (verb === undefined) {
    await writeOutput(HELP);
    return 0;
  }
  const opened = openAccounts(words.options);
  if (!opened.ok) return await printError(words.verb, opened.failure, words.options);
  const accounts = opened.value;
  try {
    const outcome = await verb(accounts, words);
    noteChange(accounts, words, outcome);
    if (!outcome.ok) return await printError(words.verb, outcome.failure, words.options);
    if (typeof outcome.value === 'string') await writeOutput(outcome.value);
    else if (outcome.value !== undefined) await printTable(outcome.value, words.options);
    return 0;
  } catch (thrown) {
    // SQLite's: the disk is full, the file is damaged, somebody holds it.
    if (errnoOf(thrown) !== 'ERR_SQLITE_ERROR') throw thrown;
    return await printError(words.verb, errorBody('failed', messageOf(thrown)), words.options);
  } finally {
    accounts.close();
  }
}

function noteChange(accounts: Accounts, { verb, operands }: Words, outcome: Outcome): void {
  if (QUESTIONS.has(verb)) return;
  const actor = `toru-web (${userInfo().username}, uid ${process.getuid?.() ?? 0})`;
  accounts.audit.note({
    at: accounts.now(),
    actor,
    address: '',
    action: verb.replace(' ', '.'),
    target: operands.join(' '),
    result: outcome.ok ? 'ok' : outcome.failure.code,
  });
}
