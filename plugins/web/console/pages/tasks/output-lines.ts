/** What a task writes, as lines for the log view; of each stream for itself, since they may come mixed. */

import type { TaskStream } from '../../../../../src/protocol/control/tasks.ts';
import type { LogEntry } from '../../log/log-rows.ts';

/** A line without an end is shown after this time, in milliseconds: a prompt, a progress bar. */
const PATIENCE_MS = 400;
/** Longer ones are shown in parts. */
const MAX_LINE = 64 * 1024;

interface Open {
  readonly text: string;
  readonly at: string;
}

export class OutputLines {
  readonly #show: (entries: readonly LogEntry[]) => void;
  readonly #open = new Map<TaskStream, Open>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(show: (entries: readonly LogEntry[]) => void) {
    this.#show = show;
  }

  add(stream: TaskStream, at: string, text: string): void {
    const before = this.#open.get(stream);
    const lines = ((before?.text ?? '') + text).split('\n');
    const rest = lines.pop() ?? '';
    const entries = lines.map((line, index) => entryOf(stream, index === 0 ? (before?.at ?? at) : at, line));
    if (rest.length > MAX_LINE) entries.push(entryOf(stream, at, rest));
    if (rest === '' || rest.length > MAX_LINE) this.#open.delete(stream);
    else this.#open.set(stream, { text: rest, at: lines.length === 0 ? (before?.at ?? at) : at });
    this.#show(entries);
    clearTimeout(this.#timer);
    if (this.#open.size > 0) this.#timer = setTimeout(() => this.flush(), PATIENCE_MS);
  }

  /** toru's own word between the lines. */
  note(message: string): void {
    this.flush();
    this.#show([{ stream: 'shim', message }]);
  }

  /** Nothing more comes, or nobody waits any longer. */
  flush(): void {
    clearTimeout(this.#timer);
    const entries = [...this.#open].map(([stream, { text, at }]) => entryOf(stream, at, text));
    this.#open.clear();
    this.#show(entries);
  }

  /** Begins anew. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#open.clear();
  }
}

/** What a carriage return has overwritten is not shown. */
function entryOf(stream: TaskStream, timestamp: string, line: string): LogEntry {
  const ended = line.endsWith('\r') ? line.slice(0, -1) : line;
  const message = ended.slice(ended.lastIndexOf('\r') + 1);
  return { stream, timestamp, level: stream === 'stderr' ? 'warning' : 'info', message };
}
