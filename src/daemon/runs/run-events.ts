/** The events file of a run: what toru-shim saw. Read from where the last reading stopped. */

import { closeSync, openSync, readSync } from 'node:fs';
import { LineSplitter, parseFrame } from '../../protocol/frames.ts';
import { errnoOf } from '../../protocol/result.ts';
import { withSpareDescriptor } from '../base/spare-descriptor.ts';

interface At {
  /** RFC 3339 UTC, microseconds. */
  readonly at: string;
}

export interface ShimEvent extends At {
  readonly event: 'shim';
  readonly boot: string;
  readonly pid: number;
  readonly startTime: number;
}

export interface StartedEvent extends At {
  readonly event: 'started';
  readonly pid: number;
  readonly startTime: number;
}

export interface SpawnFailedEvent extends At {
  readonly event: 'spawn-failed';
  /** What was being done: `exec`, `setuid`, `chdir`, … */
  readonly step: string;
  readonly errno: number;
  readonly error: string;
}

export interface LostEvent extends At {
  readonly event: 'lost';
  readonly lines: number;
}

export interface ExitedEvent extends At {
  readonly event: 'exited';
  readonly code: number | null;
  readonly signal: string | null;
  readonly core: boolean;
  readonly maxRssBytes: number;
  readonly userMs: number;
  readonly systemMs: number;
  /** Bytes of both streams until then; only of a task. */
  readonly outputBytes?: number;
}

export interface GoneEvent extends At {
  readonly event: 'gone';
  readonly lines: number;
  readonly lost: number;
  /** Processes that the plugin left behind and that had to be killed. */
  readonly killed: number;
  /** Processes that it left behind and that were ended, these among them; unset by an older shim. */
  readonly left?: number;
  /** Only of a task: bytes of both streams. */
  readonly outputBytes?: number;
  /** Of these, what could not be kept. */
  readonly outputLost?: number;
  /** Why, as strerror(3) says it. */
  readonly outputError?: string;
  /** Number of the newest file of the output. */
  readonly outputSegment?: number;
  /** Some of the bytes are not there any more. */
  readonly outputCut?: boolean;
}

export type RunEvent = ShimEvent | StartedEvent | SpawnFailedEvent | LostEvent | ExitedEvent | GoneEvent;

const EVENT_NAMES: ReadonlySet<unknown> = new Set([
  'shim',
  'started',
  'spawn-failed',
  'lost',
  'exited',
  'gone',
]);

const MAX_EVENT_BYTES = 4096;
const READ_BYTES = 4096;
const readBuffer = Buffer.alloc(READ_BYTES);

export class RunEventsReader {
  readonly #file: string;
  #offset = 0;
  #splitter = new LineSplitter(MAX_EVENT_BYTES);

  constructor(file: string) {
    this.#file = file;
  }

  /** Events that were appended since the last call; empty too while the file does not exist. */
  read(): readonly RunEvent[] {
    return withSpareDescriptor(() => this.#read());
  }

  #read(): readonly RunEvent[] {
    let descriptor: number;
    try {
      descriptor = openSync(this.#file, 'r');
    } catch (thrown) {
      if (errnoOf(thrown) === 'ENOENT') return this.#startOver();
      throw thrown;
    }
    try {
      return this.#readFrom(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  /** The shim writes all its events anew when its file was deleted; so reading begins anew as well. */
  #startOver(): readonly RunEvent[] {
    this.#offset = 0;
    this.#splitter = new LineSplitter(MAX_EVENT_BYTES);
    return [];
  }

  #readFrom(descriptor: number): readonly RunEvent[] {
    const events: RunEvent[] = [];
    for (;;) {
      const count = readSync(descriptor, readBuffer, 0, READ_BYTES, this.#offset);
      this.#offset += count;
      for (const line of this.#splitter.push(readBuffer.subarray(0, count)).lines) {
        const event = parseEvent(line);
        if (event !== undefined) events.push(event);
      }
      if (count < READ_BYTES) return events;
    }
  }
}

function parseEvent(line: Buffer): RunEvent | undefined {
  const frame = parseFrame(line);
  if (frame === undefined || !EVENT_NAMES.has(frame.event)) return undefined;
  return frame as unknown as RunEvent;
}
