/** Reads a task's output forward from any offset, over the ends of its files and the gaps in it. Holds no file between two reads. */

import type { TaskGapCause, TaskOutputItem, TaskStream } from '../../protocol/control/tasks.ts';
import { formatTime } from '../base/clock.ts';
import { decodeUtf8 } from '../base/small-file.ts';
import type { OutputFiles } from './output-files.ts';
import { type OutputHeader, OutputSegment } from './output-record.ts';

export type OutputPiece = Extract<TaskOutputItem, { kind: 'chunk' | 'gap' }>;

/** Payload of one item; a piece that ends inside a character goes as base64. */
const MAX_CHUNK_BYTES = 64 * 1024;
/** Records of one stream that came together are one item, as long as they are of the same millisecond. */
const SAME_MOMENT_US = 1_000;

export class OutputCursor {
  readonly #files: OutputFiles;
  readonly #id: string;
  /** Undefined: to be looked for. */
  #segment: number | undefined;
  /** Where in the file the next record begins. */
  #at = 0;
  /** Offset in the output of the next byte that is wanted. */
  #wanted: number;
  /** Files have been removed between the last record and the next one: they had to go for later ones. */
  #isJump = false;

  constructor(files: OutputFiles, id: string, from: number) {
    this.#files = files;
    this.#id = id;
    this.#wanted = from;
  }

  /** Offset behind all that was given. */
  get position(): number {
    return this.#wanted;
  }

  /** The next piece; undefined when there is none yet. */
  next(): OutputPiece | undefined {
    this.#segment ??= this.#find();
    while (this.#segment !== undefined) {
      const read = this.#read(this.#segment);
      if (read.piece !== undefined || !read.isClosed) return read.piece;
      const following = this.#following(this.#segment);
      if (following === undefined) return undefined;
      if (read.isRemoved === true || following > this.#segment + 1) this.#isJump = true;
      this.#segment = following;
      this.#at = 0;
    }
    return undefined;
  }

  /** Says that nothing more will come: what is missing up to `total` is a gap. */
  rest(total: number): OutputPiece | undefined {
    if (total <= this.#wanted) return undefined;
    // Without its last file nobody knows: somebody has removed it.
    const isLastThere = this.#segment !== undefined && this.#files.has(this.#id, this.#segment);
    return this.#gap(total, isLastThere ? 'space' : undefined);
  }

  /** The newest file that begins at or before the wanted byte, else the oldest. */
  #find(): number | undefined {
    const numbers = this.#files.segments(this.#id);
    const before = numbers.findLast((number) => {
      const first = this.#firstOffset(number);
      return first !== undefined && first <= this.#wanted;
    });
    const found = before ?? numbers[0];
    // The head comes first, and stays.
    this.#isJump = found !== undefined && found > 0;
    return found;
  }

  #firstOffset(segment: number): number | undefined {
    const file = OutputSegment.open(this.#files.path(this.#id, segment));
    try {
      return file?.header(0)?.offset;
    } finally {
      file?.close();
    }
  }

  #following(segment: number): number | undefined {
    if (this.#files.has(this.#id, segment + 1)) return segment + 1;
    return this.#files.segments(this.#id).find((number) => number > segment);
  }

  #read(segment: number): Read {
    const file = OutputSegment.open(this.#files.path(this.#id, segment));
    if (file === undefined) return { isClosed: true, isRemoved: true };
    try {
      // Before its records: what comes into it after them is not missed.
      const { isClosed } = file;
      let header = file.header(this.#at);
      while (header !== undefined && header.offset + header.length <= this.#wanted) {
        this.#at = header.nextAt;
        header = file.header(this.#at);
      }
      if (header === undefined) return { isClosed };
      const isGap = header.offset > this.#wanted;
      return {
        isClosed,
        piece: isGap ? this.#gap(header.offset, this.#isJump ? 'cap' : 'space') : this.#chunk(file, header),
      };
    } finally {
      file.close();
    }
  }

  #chunk(file: OutputSegment, first: OutputHeader): OutputPiece {
    this.#isJump = false;
    const parts: Buffer[] = [];
    let room = MAX_CHUNK_BYTES;
    let header: OutputHeader | undefined = first;
    while (header !== undefined && room > 0 && isTogether(first, header, this.#wanted)) {
      const from = this.#wanted - header.offset;
      const part = file.payload(header, from, Math.min(room, header.length - from));
      parts.push(part);
      room -= part.length;
      this.#wanted += part.length;
      if (this.#wanted < header.offset + header.length) break;
      this.#at = header.nextAt;
      header = file.header(this.#at);
    }
    return toChunk(first.stream, first.atUs, Buffer.concat(parts), this.#wanted);
  }

  #gap(next: number, why: TaskGapCause | undefined): OutputPiece {
    const bytes = next - this.#wanted;
    this.#wanted = next;
    this.#isJump = false;
    return { kind: 'gap', bytes, next, ...(why === undefined ? {} : { why }) };
  }
}

interface Read {
  /** Nothing more comes into this file. */
  readonly isClosed: boolean;
  readonly isRemoved?: boolean;
  readonly piece?: OutputPiece;
}

function isTogether(first: OutputHeader, header: OutputHeader, wanted: number): boolean {
  return (
    header === first ||
    (header.stream === first.stream &&
      header.offset === wanted &&
      Math.abs(header.atUs - first.atUs) < SAME_MOMENT_US)
  );
}

function toChunk(stream: TaskStream, atUs: number, bytes: Buffer, next: number): OutputPiece {
  const at = formatTime(atUs / 1000);
  // A byte order mark is dropped by the decoder, so that such bytes go as they are.
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const text = hasMark ? undefined : decodeUtf8(bytes);
  const content = text === undefined ? { base64: bytes.toString('base64') } : { text };
  return { kind: 'chunk', stream, at, ...content, next };
}
