/** The sending side of a streamed body: cuts it into pieces and sends them as far as the receiver's credit goes. */

import { MAX_PIECE_BYTES, PIECE_CREDIT, type PiecePayload } from '../../src/protocol/plugin/http.ts';

export type BodyChunks = AsyncIterable<string | Uint8Array>;

export class PieceSender {
  readonly #send: (payload: PiecePayload) => void;
  #credit = PIECE_CREDIT;
  #isStopped = false;
  #wake: (() => void) | undefined;

  constructor(send: (payload: PiecePayload) => void) {
    this.#send = send;
  }

  /** True once nothing more may be sent: the receiver does not want it, or is gone. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The receiver has used up so many pieces. What is no positive whole number counts as nothing. */
  addCredit(pieces: unknown): void {
    if (typeof pieces !== 'number' || !Number.isInteger(pieces) || pieces < 1) return;
    this.#credit = Math.min(PIECE_CREDIT, this.#credit + pieces);
    this.#wake?.();
  }

  /** Whoever sends now gives up at once, and reads no more of the body. */
  stop(): void {
    this.#isStopped = true;
    this.#wake?.();
  }

  /** Sends all, then the last piece; rejects with what the body throws. Small chunks go out as they come. */
  async send(body: BodyChunks): Promise<void> {
    const chunks = body[Symbol.asyncIterator]();
    try {
      for (let next = await this.#next(chunks); next?.done === false; next = await this.#next(chunks)) {
        const chunk = next.value;
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : asBuffer(chunk);
        for (let from = 0; from < bytes.length && !this.#isStopped; from += MAX_PIECE_BYTES) {
          await this.#credited();
          if (!this.#isStopped) this.#emit(bytes.subarray(from, from + MAX_PIECE_BYTES), false);
        }
      }
      if (!this.#isStopped) await this.#credited();
      if (!this.#isStopped) this.#emit(Buffer.alloc(0), true);
    } finally {
      // It may be waiting for something that never comes: it is told, and not waited for.
      if (this.#isStopped) chunks.return?.().catch(() => undefined);
    }
  }

  /** The next chunk; undefined when nothing more is wanted, even if the body is silent for ever. */
  #next(
    chunks: AsyncIterator<string | Uint8Array>,
  ): Promise<IteratorResult<string | Uint8Array> | undefined> {
    if (this.#isStopped) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        if (this.#isStopped) resolve(undefined);
      };
      chunks.next().then(resolve, reject);
    });
  }

  #emit(bytes: Buffer, last: boolean): void {
    this.#credit -= 1;
    this.#send({ piece: bytes.toString('base64'), last });
  }

  async #credited(): Promise<void> {
    while (this.#credit === 0 && !this.#isStopped) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
