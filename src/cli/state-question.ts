/** The verbs `is-…`: they print one word a plugin and answer with the exit code, as systemctl(1) does. */

import type { CompactRow } from '../protocol/control/plugins.ts';
import type { Command } from './command.ts';
import type { Answer } from './output/answer.ts';
import { failed } from './output/answer.ts';
import type { Session } from './session.ts';

export interface StateQuestion {
  readonly verb: string;
  readonly does: string;
  /** The word that is printed. */
  readonly word: (row: CompactRow) => string;
  readonly isYes: (row: CompactRow) => boolean;
  /** Exit code for "no": 3 means "not running", 1 means "no". */
  readonly noExit: 1 | 3;
  readonly examples: readonly string[];
}

export function stateQuestion(question: StateQuestion): Command {
  return {
    verb: question.verb,
    kind: 'query',
    operands: 'NAME...',
    minOperands: 1,
    maxOperands: Number.POSITIVE_INFINITY,
    takesNames: true,
    options: [
      { name: 'all-of', does: 'with several names: yes only if it holds for every one (else one is enough)' },
    ],
    does: question.does,
    details: `Exit code: 0 for yes, ${question.noExit} for no, 4 when there is no such plugin.`,
    examples: question.examples,
    run: (session) => runQuestion(session, question),
  };
}

async function runQuestion(session: Session, question: StateQuestion): Promise<Answer> {
  const result = await session.client.call(
    'plugin.listCompact',
    session.selection,
    session.globals.timeoutMs,
  );
  if (!result.ok) return failed(result.failure);
  const { rows, errors } = result.value;
  const plugins = rows.map((row) => ({
    id: row[0],
    state: row[1],
    enabled: row[2],
    answer: question.isYes(row),
  }));
  const words = rows.map(question.word);
  const isYes = session.has('all-of')
    ? plugins.length > 0 && plugins.every(({ answer }) => answer)
    : plugins.some(({ answer }) => answer);
  const isEmptyAllowed = plugins.length === 0 && session.globals.allowNone;
  return {
    document: { plugins },
    records: plugins,
    values: words,
    text: words.join('\n'),
    errors,
    ...(errors.length > 0 ? {} : { exitCode: isYes || isEmptyAllowed ? 0 : question.noExit }),
  };
}
