/** Runs an invocation from its checked words to its exit code. */

import { errorBody } from '../protocol/errors.ts';
import { messageOf } from '../protocol/result.ts';
import type { Invocation } from './command.ts';
import { operandFault } from './command.ts';
import { loadFull } from './full-bundle.ts';
import type { Globals } from './globals.ts';
import { readGlobals } from './globals.ts';
import { expandNames } from './names.ts';
import type { Answer } from './output/answer.ts';
import { failed, renderAnswer } from './output/answer.ts';
import { exitCodeOf, formatError } from './output/report-error.ts';
import { detectScreen } from './output/screen.ts';
import { OutputClosed, OutputRefused, writeNote, writeOutput } from './output/sink.ts';
import { controlSocketPath, Session } from './session.ts';

/** Less than this fits on every screen, and no pager is thought of. */
const LEAST_ROWS = 8;

/** Exit code when standard output does not take what is to be said. */
export const REFUSED_EXIT = 1;

/** @returns the exit code. Everything is written when it settles. Never rejects for what a user or the daemon may do. */
export async function runCommand(invocation: Invocation): Promise<number> {
  const { command } = invocation;
  const globals = readGlobals(invocation.options, command);
  if (!globals.ok) {
    await writeNote(formatError(globals.failure, command.verb, asksForJson(invocation.options)));
    return exitCodeOf('usage', command.kind);
  }
  const screen = detectScreen(globals.value.color, process.env);
  const answer = await answerOf(invocation, globals.value, screen);
  const text = renderAnswer(answer, globals.value, screen);
  const isPaged = command.kind === 'query' && screen.isTerminal && globals.value.hasPager;
  const refusal = answer.refusal ?? (await refusalOf(text, isPaged));
  const { isJson, isQuiet } = globals.value;
  const errors = (answer.errors ?? []).map((error) => formatError(error, command.verb, isJson));
  if (refusal !== undefined) errors.push(formatError(errorBody('failed', refusal), '', isJson));
  const hints = isQuiet ? [] : (answer.hints ?? []).map((hint) => `toru: ${hint}\n`);
  const notes = [...errors, ...hints].join('');
  if (notes !== '') await writeNote(notes);
  return refusal === undefined ? (answer.exitCode ?? firstExitCode(answer, invocation)) : REFUSED_EXIT;
}

/** Writes it, or shows it in a pager when it is longer than the screen. @returns why standard output does not take it; undefined also when its reader has seen enough and left */
export async function refusalOf(text: string, isPaged = false): Promise<string | undefined> {
  try {
    if (isPaged && text.split('\n', LEAST_ROWS).length === LEAST_ROWS) return loadFull().pageText(text);
    await writeOutput(text);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof OutputClosed) return undefined;
    if (thrown instanceof OutputRefused) return thrown.message;
    throw thrown;
  }
}

async function answerOf(
  invocation: Invocation,
  globals: Globals,
  screen: ReturnType<typeof detectScreen>,
): Promise<Answer> {
  const fault = operandFault(invocation);
  if (fault !== undefined) return failed(fault);
  const { command } = invocation;
  const operands = command.takesNames
    ? await expandNames(invocation.operands, command.kind === 'query' || globals.allowNone)
    : undefined;
  if (operands?.ok === false) return failed(operands.failure);
  const words = operands?.value ?? invocation.operands;
  const session = new Session(words, invocation.options, globals, screen, controlSocketPath(globals));
  try {
    return await command.run(session);
  } catch (thrown) {
    if (thrown instanceof OutputClosed) return {};
    if (thrown instanceof OutputRefused) return { refusal: thrown.message };
    return failed(errorBody('internal', messageOf(thrown), { hint: 'this is a bug in toru' }));
  } finally {
    session.client.close();
  }
}

function firstExitCode(answer: Answer, invocation: Invocation): number {
  const first = answer.errors?.[0];
  return first === undefined ? 0 : exitCodeOf(first.code, invocation.command.kind);
}

function asksForJson(options: Invocation['options']): boolean {
  return options.json === true || options.output === 'json' || options.output === 'json-lines';
}
