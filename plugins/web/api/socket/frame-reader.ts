/**
 * Frames of a client, from bytes however they are cut. Strict: whatever RFC 6455 forbids is a fault. Holds no more than one
 * head and one payload, whose length is checked before there is room made for it.
 */

import { CLOSE_CODES, MAX_CONTROL_BYTES, OPCODES } from './frame.ts';

export interface Frame {
  readonly isFinal: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** What the connection is closed with. */
export interface FrameFault {
  readonly code: number;
  readonly reason: string;
}

/** Two bytes, eight of length, four of mask (§5.2). */
const MAX_HEAD_BYTES = 14;
const KNOWN: ReadonlySet<number> = new Set(Object.values(OPCODES));

export class FrameReader {
  readonly #maxBytes: number;
  readonly #head = Buffer.alloc(MAX_HEAD_BYTES);
  #headFilled = 0;
  #payload: Buffer | undefined;
  #filled = 0;

  /** @param maxBytes longest payload */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The frames that are whole with this piece. Returns what is wrong with the next one: nothing may be read behind it. */
  *read(piece: Buffer): Generator<Frame, FrameFault | undefined> {
    let at = 0;
    while (at < piece.length) {
      if (this.#payload === undefined) {
        at += this.#fillHead(piece, at);
        if (this.#headFilled < 2) continue;
        const fault = this.#headFault();
        if (fault !== undefined) return fault;
        if (this.#headFilled < this.#headBytes) continue;
        const length = this.#length();
        if (length > this.#maxBytes) return tooBig(this.#maxBytes);
        this.#payload = Buffer.alloc(length);
        this.#filled = 0;
      }
      const taken = piece.copy(this.#payload, this.#filled, at);
      at += taken;
      this.#filled += taken;
      if (this.#filled === this.#payload.length) yield this.#take(this.#payload);
    }
    return undefined;
  }

  /** Bytes taken: up to the first two, then up to the end of the head. */
  #fillHead(piece: Buffer, at: number): number {
    const wanted = this.#headFilled < 2 ? 2 : this.#headBytes;
    const taken = piece.copy(this.#head, this.#headFilled, at, at + wanted - this.#headFilled);
    this.#headFilled += taken;
    return taken;
  }

  get #shortLength(): number {
    return (this.#head[1] ?? 0) & 0x7f;
  }

  get #headBytes(): number {
    const short = this.#shortLength;
    return 6 + (short === 126 ? 2 : short === 127 ? 8 : 0);
  }

  /** Of the payload, once the head is whole. */
  #length(): number {
    const short = this.#shortLength;
    if (short === 126) return this.#head.readUInt16BE(2);
    return short === 127 ? Number(this.#head.readBigUInt64BE(2)) : short;
  }

  #headFault(): FrameFault | undefined {
    const [first = 0, second = 0] = this.#head;
    const opcode = first & 0x0f;
    if ((first & 0x70) !== 0) return broken('a reserved bit is set');
    if (!KNOWN.has(opcode)) return broken('unknown opcode');
    if ((second & 0x80) === 0) return broken('frames of a client must be masked');
    if (opcode >= OPCODES.close) {
      if ((first & 0x80) === 0) return broken('control frames come whole');
      if (this.#shortLength > MAX_CONTROL_BYTES) return broken('the control frame is too long');
    }
    if (this.#headFilled < this.#headBytes) return undefined;
    const isMinimal =
      (this.#shortLength !== 126 || this.#length() >= 126) &&
      (this.#shortLength !== 127 || this.#length() >= 0x10000);
    return isMinimal ? undefined : broken('the length is not in the fewest bytes');
  }

  #take(payload: Buffer): Frame {
    const mask = this.#head.subarray(this.#headBytes - 4, this.#headBytes);
    for (let at = 0; at < payload.length; at += 1) payload[at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
    const [first = 0] = this.#head;
    this.#headFilled = 0;
    this.#payload = undefined;
    return { isFinal: (first & 0x80) !== 0, opcode: first & 0x0f, payload };
  }
}

export function broken(reason: string): FrameFault {
  return { code: CLOSE_CODES.protocolError, reason };
}

export function tooBig(maxBytes: number): FrameFault {
  return { code: CLOSE_CODES.tooBig, reason: `a message may have ${maxBytes} bytes` };
}
