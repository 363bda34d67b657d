/** Lines that are written together: all that is said in one turn of the event loop goes out in one system call. */

import type { Writable } from 'node:stream';

export class Outbox {
  readonly #output: Writable;
  #text = '';
  #flushed: (() => void)[] = [];
  #isScheduled = false;
  readonly #defer: (flush: () => void) => void;

  /** @param defer when to write: after what is being done now, unless said otherwise */
  constructor(output: Writable, defer: (flush: () => void) => void = (flush) => process.nextTick(flush)) {
    this.#output = output;
    this.#defer = defer;
  }

  /** Characters that wait here and bytes that wait in the stream, roughly as one number. */
  get waiting(): number {
    return this.#text.length + this.#output.writableLength;
  }

  /** @param onFlushed called once the line was handed to the kernel, or could not be */
  push(line: string, onFlushed?: () => void): void {
    this.#text += line;
    if (onFlushed !== undefined) this.#flushed.push(onFlushed);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#defer(() => this.flush());
  }

  flush(): void {
    this.#isScheduled = false;
    if (this.#text === '') return;
    const [text, flushed] = [this.#text, this.#flushed];
    this.#text = '';
    this.#flushed = [];
    if (flushed.length === 0) this.#output.write(text);
    else
      this.#output.write(text, () => {
        for (const onFlushed of flushed) onFlushed();
      });
  }
}
