/** What a task writes, as text, from anywhere on to its end. */

import type { Task, TaskOutputItem, TaskStream } from '../../../../src/protocol/control/tasks.ts';
import type { ErrorBody } from '../../../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../../../src/protocol/result.ts';
import type { Daemon } from '../../server/daemon.ts';
import { followOwn } from './own-follow.ts';
import type { Sink } from './sink.ts';
import { Utf8Joiner } from './utf8-joiner.ts';

export interface TextChunk {
  readonly stream: TaskStream;
  /** RFC 3339 UTC, microseconds. */
  readonly at: string;
  readonly text: string;
  /** Where one goes on who has it: never inside a character, where that can be. */
  readonly next: number;
}

export interface TaskOutputReader {
  onText(chunk: TextChunk): void;
  /** Bytes that are no longer kept stood here. */
  onGap?(bytes: number, next: number): void;
  /** It runs now, or its reason to wait has changed. */
  onTask?(task: Task): void;
}

export interface TaskOutputOptions {
  readonly daemon: Daemon;
  readonly taskId: string;
  /** Offset in the whole output, in bytes. */
  readonly from: number;
  /** Only the last so many bytes of what there is. */
  readonly tailBytes?: number | undefined;
  readonly sink: Pick<Sink, 'closed' | 'isSlow' | 'caughtUp'>;
  readonly reader: TaskOutputReader;
}

/** The task, when it has ended; `interrupted`: nobody wants more. */
export async function followTaskOutput(options: TaskOutputOptions): Promise<Result<Task, ErrorBody>> {
  const { daemon, taskId, sink, reader } = options;
  const text = new OutputText(reader);
  let from = options.from;
  let { tailBytes } = options;
  const outcome = await followOwn({
    open: () => {
      const tail = tailBytes === undefined ? {} : { tailBytes };
      const { stream, close } = daemon.stream('task.output', { id: taskId, from, follow: true, ...tail });
      return { items: stream, outcome: stream.outcome, close };
    },
    onItem: (item: TaskOutputItem) => {
      tailBytes = undefined;
      if (item.kind !== 'task') from = item.next;
      text.push(item);
    },
    sink,
  });
  text.end();
  return outcome.ok ? success(outcome.value.task) : failure(outcome.failure);
}

/** The bytes of an item. */
export function bytesOf(chunk: Extract<TaskOutputItem, { kind: 'chunk' }>): Buffer {
  return chunk.base64 === undefined ? Buffer.from(chunk.text ?? '') : Buffer.from(chunk.base64, 'base64');
}

/** Puts characters together that are cut between two chunks, of each stream for itself. */
class OutputText {
  readonly #joiners = { stdout: new Utf8Joiner(), stderr: new Utf8Joiner() };
  readonly #reader: TaskOutputReader;
  #next = 0;
  #at = '';

  constructor(reader: TaskOutputReader) {
    this.#reader = reader;
  }

  push(item: TaskOutputItem): void {
    switch (item.kind) {
      case 'chunk': {
        this.#next = item.next;
        this.#at = item.at;
        const { stream } = item;
        const joiner = this.#joiners[stream];
        const isWhole = item.text !== undefined && item.base64 === undefined && joiner.keptBytes === 0;
        const text = isWhole ? (item.text ?? '') : joiner.push(bytesOf(item));
        const other = this.#joiners[stream === 'stdout' ? 'stderr' : 'stdout'];
        const keptBytes = other.keptBytes === 0 ? joiner.keptBytes : 0;
        if (text !== '') this.#reader.onText({ stream, at: item.at, text, next: item.next - keptBytes });
        return;
      }
      case 'gap':
        this.end();
        this.#next = item.next;
        this.#reader.onGap?.(item.bytes, item.next);
        return;
      case 'task':
        this.#reader.onTask?.(item.task);
        return;
    }
  }

  /** Halves of characters that nothing follows. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const text = this.#joiners[stream].end();
      if (text !== '') this.#reader.onText({ stream, at: this.#at, text, next: this.#next });
    }
  }
}
