/** `toru task logs ID` */

import { limitText, within } from '../../client/time-limit.ts';
import type { Task } from '../../protocol/control/tasks.ts';
import { errorBody } from '../../protocol/errors.ts';
import type { Command } from '../command.ts';
import { integerOption } from '../option-values.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { writeFollow, writePiece } from '../output/sink.ts';
import { PagedOutput } from '../pager.ts';
import type { Session } from '../session.ts';
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
    'Byte for byte; on a terminal control characters are shown as such unless -o raw is given. With --json the task and its output as one document; with -f or -o json-lines one object a piece: text, or base64 where it is no UTF-8.',
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
  end(): Promise<Answer>;
}

async function printOutput(session: Session, task: Task, lines: number | undefined): Promise<Answer> {
  const printer = printerOf(session, task);
  const streams = wantedStreams(session);
  const isFollow = session.has('follow');
  let from = 0;
  let lostBytes = 0;
  if (lines !== undefined) {
    const tail = new TailKeeper(lines);
    const read = taskOutput(session, { id: task.id, isFollow: false });
    for (let step = await read.next(); ; step = await read.next()) {
      if (step.done === true) {
        if (!step.value.ok) return failed(step.value.failure);
        break;
      }
      if (step.value.kind === 'task') continue;
      from = step.value.next;
      if (step.value.kind === 'chunk' && streams.has(step.value.stream)) tail.push(step.value);
    }
    for (const chunk of tail.chunks()) await printer.print(chunk);
  }
  if (lines === undefined || isFollow) {
    // The first reading has closed its connection.
    const reader = lines === undefined ? session : session.quietly();
    const items = taskOutput(reader, { id: task.id, isFollow, from, isQuiet: session.globals.isQuiet });
    for (let step = await items.next(); ; step = await items.next()) {
      if (step.done === true) {
        if (!step.value.ok) return failed(step.value.failure);
        break;
      }
      const item = step.value;
      if (item.kind === 'gap') lostBytes += item.bytes;
      else if (item.kind === 'chunk' && streams.has(item.stream)) await printer.print(item);
    }
  }
  const hints = lostBytes > 0 ? [`${lostBytes} bytes of the output are no longer kept`] : [];
  return { ...(await printer.end()), hints };
}

function printerOf(session: Session, task: Task): Printer {
  const { format, hasPager } = session.globals;
  const isFollow = session.has('follow');
  if (format === 'json-lines' || (format === 'json' && isFollow)) {
    return {
      print: (chunk) => writeFollow(`${JSON.stringify(chunkRecord(task.id, chunk))}\n`),
      end: () => Promise.resolve({}),
    };
  }
  if (format === 'json') {
    const output: object[] = [];
    return {
      print: (chunk) => Promise.resolve(void output.push(chunkRecord(task.id, chunk))),
      end: () => Promise.resolve({ document: { tasks: [task], output } }),
    };
  }
  if (format === 'raw' || !session.screen.isTerminal) {
    return { print: (chunk) => writePiece(1, chunkBytes(chunk)), end: () => Promise.resolve({}) };
  }
  const pager = hasPager && !isFollow ? new PagedOutput() : undefined;
  const text = new TerminalText();
  const write = (piece: string): Promise<void> => pager?.write(piece) ?? writeFollow(piece);
  return {
    print: (chunk) => write(text.push(chunk.stream, chunkBytes(chunk))),
    async end() {
      await write(text.end());
      await pager?.end();
      return {};
    },
  };
}
