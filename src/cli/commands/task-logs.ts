/** `toru task logs ID` */

import { limitText, within } from '../../client/time-limit.ts';
import type { Task, TaskOutputItem } from '../../protocol/control/tasks.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import type { Result } from '../../protocol/result.ts';
import type { Command } from '../command.ts';
import { integerOption } from '../option-values.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { paint } from '../output/colours.ts';
import { writeFollow, writeNote, writePiece } from '../output/sink.ts';
import { PagedOutput } from '../pager.ts';
import type { Session } from '../session.ts';
import { gapRecord, gapText, type OutputGap } from '../tasks/output-gap.ts';
import { TailKeeper } from '../tasks/tail-keeper.ts';
import { findTask } from '../tasks/task-ids.ts';
import {
  chunkBytes,
  chunkRecord,
  type OutputChunk,
  taskOutput,
  wantedStreams,
} from '../tasks/task-output.ts';
import { TerminalText } from '../tasks/terminal-text.ts';

export const taskLogs: Command = {
  verb: 'task logs',
  kind: 'query',
  operands: 'ID|-1',
  minOperands: 1,
  maxOperands: 1,
  takesNames: false,
  formats: ['raw'],
  options: [
    { name: 'follow', short: 'f', does: 'go on until the task has ended, also over a restart of torud' },
    { name: 'stdout', does: 'only what it wrote to standard output' },
    { name: 'stderr', does: 'only what it wrote to standard error' },
    { name: 'lines', short: 'n', value: 'N', does: 'only the last N lines, and with -f those to come' },
  ],
  does: 'print the output of a task, both streams in the order in which it wrote them',
  details:
    'Byte for byte; on a terminal control characters are shown as such unless -o raw is given. With --json the task and its output as one document; with -f or -o json-lines one object a piece: text, or base64 where it is no UTF-8. What is no longer kept is told where it stood: on a terminal by a line between two --, elsewhere on standard error, in JSON by an object with "kind":"gap", its bytes and why (cap: it had to go for later output; space: it could not be written).',
  examples: ['toru task logs -1', 'toru task logs -f 019a5b2c', 'toru task logs --stderr -n 20 019a5b2c'],
  run: runLogs,
};

async function runLogs(session: Session): Promise<Answer> {
  const lines = integerOption(session, 'lines', 0);
  if (!lines.ok) return failed(lines.failure);
  const [word = ''] = session.operands;
  const { timeoutMs, isTimeoutGiven } = session.globals;
  const found = await findTask(session, word);
  if (!found.ok) return failed(found.failure);
  const isUnlimited = session.has('follow') && !isTimeoutGiven;
  const work = printOutput(session, found.value, lines.value);
  const answer = await within(work, isUnlimited ? 0 : timeoutMs);
  if (answer !== undefined) return answer;
  return failed(errorBody('timeout', `the time limit of ${limitText(timeoutMs)} has passed`, { name: word }));
}

/** Where the output goes, in the format that was asked for. */
interface Printer {
  print(chunk: OutputChunk): Promise<void>;
  /** What is no longer kept, at its place. */
  printGap(gap: OutputGap): Promise<void>;
  end(): Promise<Answer>;
}

async function printOutput(session: Session, task: Task, lines: number | undefined): Promise<Answer> {
  const printer = printerOf(session, task);
  const streams = wantedStreams(session);
  const isFollow = session.has('follow');
  const print = async (item: TaskOutputItem): Promise<void> => {
    if (item.kind === 'gap') await printer.printGap(item);
    else if (item.kind === 'chunk' && streams.has(item.stream)) await printer.print(item);
  };
  let from = 0;
  if (lines !== undefined) {
    const tail = new TailKeeper(lines);
    const read = taskOutput(session, { id: task.id, isFollow: false });
    const outcome = await passItems(read, (item) => {
      if (item.kind === 'task') return;
      from = item.next;
      if (item.kind === 'gap' || streams.has(item.stream)) tail.push(item);
    });
    if (!outcome.ok) return failed(outcome.failure);
    for (const item of tail.items()) await print(item);
  }
  if (lines === undefined || isFollow) {
    // The first reading has closed its connection.
    const reader = lines === undefined ? session : session.quietly();
    const items = taskOutput(reader, { id: task.id, isFollow, from, isQuiet: session.globals.isQuiet });
    const outcome = await passItems(items, print);
    if (!outcome.ok) return failed(outcome.failure);
  }
  return printer.end();
}

async function passItems(
  items: ReturnType<typeof taskOutput>,
  take: (item: TaskOutputItem) => Promise<void> | void,
): Promise<Result<Task, ErrorBody>> {
  for (;;) {
    const step = await items.next();
    if (step.done === true) return step.value;
    await take(step.value);
  }
}

function printerOf(session: Session, task: Task): Printer {
  const { format, isQuiet } = session.globals;
  const nothing = (): Promise<Answer> => Promise.resolve({});
  if (format === 'json-lines' || (format === 'json' && session.has('follow'))) {
    const write = (record: object): Promise<void> => writeFollow(`${JSON.stringify(record)}\n`);
    return {
      print: (chunk) => write(chunkRecord(task.id, chunk)),
      printGap: (gap) => write(gapRecord(task.id, gap)),
      end: nothing,
    };
  }
  if (format === 'json') {
    const output: object[] = [];
    return {
      print: (chunk) => Promise.resolve(void output.push(chunkRecord(task.id, chunk))),
      printGap: (gap) => Promise.resolve(void output.push(gapRecord(task.id, gap))),
      end: () => Promise.resolve({ document: { tasks: [task], output } }),
    };
  }
  if (format === 'raw' || !session.screen.isTerminal) {
    return {
      print: (chunk) => writePiece(1, chunkBytes(chunk)),
      async printGap(gap) {
        if (!isQuiet) await writeNote(`toru: task logs ${session.operands[0] ?? ''}: ${gapText(gap)}\n`);
      },
      end: nothing,
    };
  }
  return terminalPrinter(session);
}

/** A gap is a line of toru's own there: on standard error nobody would know where it was. */
function terminalPrinter(session: Session): Printer {
  const pager = session.globals.hasPager && !session.has('follow') ? new PagedOutput() : undefined;
  const text = new TerminalText();
  const colour = session.screen.hasColour ? 'dim' : undefined;
  const write = (piece: string): Promise<void> => pager?.write(piece) ?? writeFollow(piece);
  return {
    print: (chunk) => write(text.push(chunk.stream, chunkBytes(chunk))),
    printGap: (gap) => write(text.mark(paint(`-- ${gapText(gap)} --`, colour))),
    async end() {
      await write(text.end());
      await pager?.end();
      return {};
    },
  };
}
