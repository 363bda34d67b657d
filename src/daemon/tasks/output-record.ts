/** Records of a file of a task's output (ARCHITECTURE.md, "Contract of toru-shim"). */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { TaskStream } from '../../protocol/control/tasks.ts';
import { errnoOf } from '../../protocol/result.ts';
import { withSpareDescriptor } from '../base/spare-descriptor.ts';

export interface OutputHeader {
  /** Bytes of payload of both streams before it. */
  readonly offset: number;
  /** Microseconds since 1970. */
  readonly atUs: number;
  readonly stream: TaskStream;
  readonly length: number;
  /** Where in the file its payload stands, and where the next record does. */
  readonly payloadAt: number;
  readonly nextAt: number;
}

const HEADER = /^(\d{1,16}) (\d{1,17}) ([oe]) (\d{1,9})\n/;
/** Longest header: what has no newline so far is none. */
const HEADER_BYTES = 65;
/** No shim writes more at once; anything else is a file that somebody has changed. */
const MAX_PAYLOAD_BYTES = 1024 * 1024;
const WRITABLE_BY_OWNER = 0o200;
const READ_BYTES = 64 * 1024;

/** One open file of output, read forward. */
export class OutputSegment {
  readonly #descriptor: number;
  readonly #room = Buffer.allocUnsafe(READ_BYTES);
  #roomAt = 0;
  #roomLength = 0;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Undefined when there is no such file. */
  static open(path: string): OutputSegment | undefined {
    try {
      return new OutputSegment(withSpareDescriptor(() => openSync(path, 'r')));
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      return undefined;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** The shim is through with it: there is a newer file, or has been one. */
  get isClosed(): boolean {
    return (fstatSync(this.#descriptor).mode & WRITABLE_BY_OWNER) === 0;
  }

  /** The record that begins there; undefined at the end, before a record that is not whole, and in a broken file. */
  header(at: number): OutputHeader | undefined {
    const text = this.#bytes(at, HEADER_BYTES).toString('latin1');
    const match = HEADER.exec(text);
    if (match === null) return undefined;
    const [whole, offset, atUs, stream, bytes] = match;
    const length = Number(bytes);
    const payloadAt = at + whole.length;
    const nextAt = payloadAt + length + 1;
    const isSound = length > 0 && length <= MAX_PAYLOAD_BYTES && Number.isSafeInteger(Number(offset));
    // The newline behind the payload is written last.
    if (!isSound || this.#bytes(nextAt - 1, 1)[0] !== 0x0a) return undefined;
    return {
      offset: Number(offset),
      atUs: Number(atUs),
      stream: stream === 'e' ? 'stderr' : 'stdout',
      length,
      payloadAt,
      nextAt,
    };
  }

  /** A copy of part of a payload. */
  payload(header: OutputHeader, from: number, length: number): Buffer {
    const room = Buffer.allocUnsafe(length);
    const count = readSync(this.#descriptor, room, 0, length, header.payloadAt + from);
    return room.subarray(0, count);
  }

  /** Up to `count` bytes; fewer at the end of the file. What was read is not kept when it was the end. */
  #bytes(at: number, count: number): Buffer {
    const isThere = at >= this.#roomAt && at + count <= this.#roomAt + this.#roomLength;
    if (!isThere) {
      this.#roomAt = at;
      this.#roomLength = readSync(this.#descriptor, this.#room, 0, READ_BYTES, at);
    }
    const begin = at - this.#roomAt;
    return this.#room.subarray(begin, Math.min(begin + count, this.#roomLength));
  }
}
