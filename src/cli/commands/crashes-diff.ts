/** `toru crashes diff ID|-1 [OTHER] [NAME]` */

import type { CrashShowResult } from '../../protocol/control/crashes.ts';
import { errorBody } from '../../protocol/errors.ts';
import type { Command } from '../command.ts';
import { type CrashDiff, diffCrashes, diffWithGoodRun } from '../crash-diff.ts';
import { diffTable, diffText } from '../crash-diff-text.ts';
import { fetchCrash, isCrashId } from '../crash-id.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { SecretFilter } from '../secrets.ts';
import type { Session } from '../session.ts';

const DEFAULT_COLUMNS = 100;

export const crashesDiff: Command = {
  verb: 'crashes diff',
  kind: 'query',
  operands: 'ID|-1 [OTHER] [NAME]',
  minOperands: 1,
  maxOperands: 3,
  takesNames: false,
  options: [],
  does: 'show what had changed: since the last good run, or between two crashes',
  details:
    'With one crash: version, digest, settings and environment against the last good run before it. With two also how each ended, and their last lines side by side. -1 is the newest crash, of the plugin NAME if one is given. Values that look secret are not shown.',
  examples: ['toru crashes diff 311', 'toru crashes diff 310 311', 'toru crashes diff -1 web'],
  run: runDiff,
};

async function runDiff(session: Session): Promise<Answer> {
  const [first = '', ...rest] = session.operands;
  const other = rest[0] !== undefined && isCrashId(rest[0]) ? rest[0] : undefined;
  const names = other === undefined ? rest : rest.slice(1);
  const [plugin, extra] = names;
  if (extra !== undefined) {
    const hint = 'a crash is named by its number: "toru crashes" lists them';
    return failed(errorBody('usage', `"${plugin ?? ''}" is no number of a crash`, { hint }));
  }
  const one = await fetchCrash(session, first, plugin);
  if (!one.ok) return failed(one.failure);
  const filter = new SecretFilter();
  if (other === undefined) return answerOf(session, diffWithGoodRun(one.value, filter), []);
  const two = await fetchCrash(session, other, plugin);
  if (!two.ok) return failed(two.failure);
  const [older, newer] = inOrder(one.value, two.value);
  return answerOf(session, diffCrashes(older, newer, filter), [older, newer]);
}

/** By time, whichever was named first: what has changed reads from the past to now. */
function inOrder(one: CrashShowResult, two: CrashShowResult): readonly [CrashShowResult, CrashShowResult] {
  return one.crash.id <= two.crash.id ? [one, two] : [two, one];
}

function answerOf(session: Session, diff: CrashDiff, shown: readonly CrashShowResult[]): Answer {
  const crashes = shown.map(({ crash }) => crash);
  const answer: Answer = {
    document: { diff },
    records: diff.changed,
    values: diff.changed.map(({ key }) => key),
  };
  if (session.globals.format === 'plain') return { ...answer, table: diffTable(diff) };
  return { ...answer, text: diffText(diff, crashes, session.screen.columns ?? DEFAULT_COLUMNS) };
}
