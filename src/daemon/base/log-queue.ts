/** Lines that wait to be written: bounded, in order, with a count of those for which there was no room. */

export interface QueueLimits {
  readonly maxLines: number;
  readonly maxBytes: number;
}

/** The lines at the head, as they are to be written. */
export interface Batch {
  readonly bytes: Buffer;
  readonly lines: number;
}

export class LogQueue {
  readonly #limits: QueueLimits;
  readonly #droppedLine: (count: number) => string;
  #lines: Buffer[] = [];
  #head = 0;
  #bytes = 0;
  #dropped = 0;

  /** @param droppedLine the line that says how many were dropped; it stands where they are missing */
  constructor(limits: QueueLimits, droppedLine: (count: number) => string) {
    this.#limits = limits;
    this.#droppedLine = droppedLine;
  }

  get length(): number {
    return this.#lines.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Dropped lines that no line has told of yet. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a line with its newline, or counts it as dropped. */
  push(line: string): void {
    const bytes = Buffer.from(line);
    if (!this.#hasRoomFor(bytes.length)) {
      this.#dropped += 1;
      return;
    }
    this.tellDropped();
    this.#add(bytes);
  }

  /** Queues the line about dropped ones, when there were any. */
  tellDropped(): void {
    if (this.#dropped === 0) return;
    const count = this.#dropped;
    this.#dropped = 0;
    this.#add(Buffer.from(this.#droppedLine(count)));
  }

  /** The first lines, of up to `maxBytes` together, one at least; undefined when nothing waits. They stay. */
  peek(maxBytes: number): Batch | undefined {
    const lines: Buffer[] = [];
    let bytes = 0;
    for (let at = this.#head; at < this.#lines.length; at += 1) {
      const line = this.#lines[at];
      if (line === undefined || (lines.length > 0 && bytes + line.length > maxBytes)) break;
      lines.push(line);
      bytes += line.length;
    }
    return lines.length === 0 ? undefined : { bytes: Buffer.concat(lines, bytes), lines: lines.length };
  }

  /** Takes away the first lines that lie whole within `bytes`; returns the bytes of those. */
  remove(bytes: number): number {
    let removed = 0;
    for (;;) {
      const line = this.#lines[this.#head];
      if (line === undefined || removed + line.length > bytes) break;
      removed += line.length;
      this.#head += 1;
    }
    this.#bytes -= removed;
    if (this.#head > 1024 || this.#head === this.#lines.length) {
      this.#lines = this.#lines.slice(this.#head);
      this.#head = 0;
    }
    return removed;
  }

  #hasRoomFor(bytes: number): boolean {
    return this.length < this.#limits.maxLines && this.#bytes + bytes <= this.#limits.maxBytes;
  }

  #add(line: Buffer): void {
    this.#lines.push(line);
    this.#bytes += line.length;
  }
}
