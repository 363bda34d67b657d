/**
 * Server-sent events (WHATWG HTML, "Server-sent events") by fetch, because EventSource tells nothing of an answer that refuses.
 * Comes back by itself with Last-Event-ID, so that nothing is missed.
 */

import type { Problem } from '../api/answer-types.ts';

const FIRST_DELAY_MS = 500;
const LAST_DELAY_MS = 10_000;

export interface StreamEvents {
  /** It answers; again when it was away. */
  onOpen(): void;
  /** Data of events without a name, as they came. */
  onData(data: readonly string[]): void;
  /** It cannot be reached now, and is tried again. */
  onAway(): void;
  /** It will not go on: a refusal, or the end that the server told. */
  onRefused(problem: Pick<Problem, 'code' | 'detail' | 'hint'>): void;
}

/** Reads until the signal is aborted, or it was refused. Never rejects. @param path below /api */
export async function readEvents(path: string, events: StreamEvents, signal: AbortSignal): Promise<void> {
  const reader = new EventReader();
  let delayMs = FIRST_DELAY_MS;
  while (!signal.aborted) {
    try {
      const response = await fetch(`/api${path}`, {
        headers: reader.lastId === '' ? {} : { 'last-event-id': reader.lastId },
        credentials: 'same-origin',
        signal,
      });
      if (!response.ok && response.status !== 502 && response.status !== 503)
        return events.onRefused((await response.json()) as Problem);
      if (response.ok && response.body !== null) {
        delayMs = FIRST_DELAY_MS;
        events.onOpen();
        const refusal = await readBody(response.body, reader, events);
        if (refusal !== undefined) return events.onRefused(refusal);
      }
    } catch (thrown) {
      // A network that is away throws TypeError, a signal AbortError; whatever else it is, the next try tells.
      if (signal.aborted) return;
      console.info('the stream is away:', thrown);
    }
    if (signal.aborted) return;
    events.onAway();
    await pause(delayMs, signal);
    delayMs = Math.min(LAST_DELAY_MS, delayMs * 2);
  }
}

/** Answers when the stream has ended: the error that it ended with, or undefined when it was cut. */
async function readBody(
  body: ReadableStream<Uint8Array>,
  reader: EventReader,
  events: StreamEvents,
): Promise<Pick<Problem, 'code' | 'detail' | 'hint'> | undefined> {
  reader.begin();
  const texts = body.pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>);
  for await (const text of iterate(texts)) {
    const { data, end } = reader.read(text);
    if (data.length > 0) events.onData(data);
    if (end === undefined) continue;
    const { error, reason } = JSON.parse(end) as {
      error?: { code: Problem['code']; message: string; hint?: string };
      reason?: string;
    };
    if (error === undefined) return { code: 'denied', detail: reason ?? 'the server ended it' };
    return {
      code: error.code,
      detail: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
  return undefined;
}

/** Safari cannot iterate over a stream. */
async function* iterate<Chunk>(stream: ReadableStream<Chunk>): AsyncGenerator<Chunk, void, void> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

interface ReadEvents {
  readonly data: readonly string[];
  /** Data of the event `end`. */
  readonly end: string | undefined;
}

/** Takes the stream apart; keeps what is not whole yet. */
export class EventReader {
  lastId = '';
  #rest = '';
  #name = '';
  #data: string[] = [];

  /** Another answer begins. */
  begin(): void {
    this.#rest = '';
    this.#name = '';
    this.#data = [];
  }

  read(text: string): ReadEvents {
    const found: string[] = [];
    let end: string | undefined;
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data: ')) this.#data.push(line.slice(6));
      else if (line.startsWith('id: ')) this.lastId = line.slice(4);
      else if (line.startsWith('event: ')) this.#name = line.slice(7);
      else if (line === '') {
        const data = this.#data.join('\n');
        if (this.#data.length > 0 && this.#name === '') found.push(data);
        if (this.#name === 'end') end = data;
        this.#name = '';
        this.#data = [];
      }
    }
    return { data: found, end };
  }
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
