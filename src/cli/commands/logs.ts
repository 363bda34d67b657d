/** `toru logs [NAME…]` */

import { within } from '../../client/time-limit.ts';
import { errorBody } from '../../protocol/errors.ts';
import type { Command } from '../command.ts';
import { logLines } from '../log-lines.ts';
import { LOG_FORMATS, LogPrinter } from '../log-printer.ts';
import type { LogQuery } from '../log-query.ts';
import { logQuery } from '../log-query.ts';
import { MOMENT_FORMS } from '../moment.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { writeFollow } from '../output/sink.ts';
import { PagedOutput } from '../pager.ts';
import type { Session } from '../session.ts';

export const logs: Command = {
  verb: 'logs',
  kind: 'query',
  operands: '[NAME...]',
  minOperands: 0,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: true,
  formats: LOG_FORMATS,
  options: [
    {
      name: 'follow',
      short: 'f',
      does: 'go on with what is to come, also over restarts of plugin and torud',
    },
    { name: 'lines', short: 'n', value: 'N', does: 'only the last N lines (with -f: 10)' },
    { name: 'since', value: 'T', does: MOMENT_FORMS },
    { name: 'until', value: 'T', does: 'the same' },
    { name: 'grep', value: 'RE', does: 'only messages that match (JavaScript)' },
    { name: 'ignore-case', short: 'i', does: '--grep takes capitals and small letters as the same' },
    {
      name: 'level',
      value: 'L',
      does: 'this level and more urgent ones: emerg … err, warning, notice, info, debug',
    },
    { name: 'stream', value: 'S', does: 'stdout or stderr' },
    { name: 'run', value: 'N', does: 'only this run; -1 is the newest' },
    { name: 'supervisor', does: 'the log of torud itself' },
    { name: 'strict', does: 'exit code 1 when lines were lost' },
    { name: 'fail-empty', does: 'exit code 1 when no line was found' },
  ],
  does: "show the plugins' output, merged by time",
  details:
    'Formats of -o beside the general ones: short (as on a terminal), json (the lines of the log files), raw (short, with control characters as the plugin wrote them), cat (messages alone).',
  examples: [
    'toru logs web -n 50',
    'toru logs -f',
    'toru logs --since 14:00 --grep "timeout|refused" --level warning',
  ],
  run: runLogs,
};

async function runLogs(session: Session): Promise<Answer> {
  const query = logQuery(session, Date.now());
  if (!query.ok) return failed(query.failure);
  const { timeoutMs, isTimeoutGiven } = session.globals;
  const isUnlimited = query.value.isFollow && !isTimeoutGiven;
  const answer = await within(printLogs(session, query.value), isUnlimited ? 0 : timeoutMs);
  return answer ?? failed(errorBody('timeout', `the time limit of ${timeoutMs / 1000} s has passed`));
}

/** Once the pager was left there is no reader any more, and nothing but its end is waited for. */
async function writeOrLeave(
  write: (text: string) => Promise<void>,
  text: string,
  pager: PagedOutput | undefined,
): Promise<void> {
  try {
    await write(text);
  } catch (thrown) {
    await pager?.end();
    throw thrown;
  }
}

async function printLogs(session: Session, query: LogQuery): Promise<Answer> {
  const printer = new LogPrinter(session);
  const batches = logLines(session, query);
  const isPaged = session.screen.isTerminal && session.globals.hasPager && !query.isFollow;
  const pager = isPaged ? new PagedOutput() : undefined;
  const write = (text: string): Promise<void> => pager?.write(text) ?? writeFollow(text);
  let count = 0;
  for (;;) {
    const step = await batches.next();
    if (step.done !== true) {
      count += step.value.length;
      await writeOrLeave(write, printer.format(step.value), pager);
      continue;
    }
    await pager?.end();
    if (!step.value.ok) return failed(step.value.failure);
    const { linesLost } = step.value.value;
    const isFault = (session.has('strict') && linesLost > 0) || (session.has('fail-empty') && count === 0);
    const hints = linesLost > 0 ? [`logs: ${linesLost} lines were lost at writing`] : [];
    return { hints, ...(isFault ? { exitCode: 1 } : {}) };
  }
}
