/** The receiving side of a streamed body: an iterable of its pieces, which gives credit for each one that was used. */

import { MAX_PIECE_BYTES, PIECE_CREDIT, type PiecePayload } from '../../src/protocol/plugin/http.ts';

/** Why a body did not come whole. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
}

export class PieceReceiver implements AsyncIterable<Buffer> {
  readonly #send: (payload: PiecePayload) => void;
  readonly #pieceMs: number;
  #queue: Buffer[] = [];
  /** Pieces that came, or are being used, and for which no credit was given yet. */
  #unpaid = 0;
  #isWhole = false;
  #failure: BodyError | undefined;
  #wake: (() => void) | undefined;

  /** @param pieceMs longest wait of a reader for a piece, in milliseconds; 0: for ever */
  constructor(send: (payload: PiecePayload) => void, pieceMs = 0) {
    this.#send = send;
    this.#pieceMs = pieceMs;
  }

  /** True when the last piece has come, or none will come any more. */
  get isOver(): boolean {
    return this.#isWhole || this.#failure !== undefined;
  }

  /** Takes one piece. A text says how the sender broke the rules; then the body has failed. */
  push(piece: unknown, last: unknown): string | undefined {
    if (this.isOver) return undefined;
    const fault = this.#faultOf(piece);
    if (fault !== undefined || typeof piece !== 'string') {
      this.fail(fault ?? 'a piece must be a text');
      return fault;
    }
    const bytes = Buffer.from(piece, 'base64');
    this.#unpaid += 1;
    this.#queue.push(bytes);
    if (last === true) this.#isWhole = true;
    this.#wake?.();
    return undefined;
  }

  /** No more will come; whoever reads gets this as a BodyError. A body that is whole stays so. */
  fail(reason: string): void {
    if (this.isOver) return;
    this.#failure = new BodyError(reason);
    this.#queue = [];
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, void> {
    for (;;) {
      const piece = this.#queue.shift();
      if (piece !== undefined) {
        if (piece.length > 0) yield piece;
        this.#unpaid -= 1;
        if (!this.isOver) this.#send({ credit: 1 });
      } else if (this.#failure !== undefined) throw this.#failure;
      else if (this.#isWhole) return;
      else await this.#more();
    }
  }

  #faultOf(piece: unknown): string | undefined {
    if (typeof piece !== 'string') return 'a piece must be a text';
    if (piece.length > Math.ceil(MAX_PIECE_BYTES / 3) * 4)
      return `a piece has more than ${MAX_PIECE_BYTES} bytes`;
    if (this.#unpaid >= PIECE_CREDIT) return `more than ${PIECE_CREDIT} pieces were sent without credit`;
    return undefined;
  }

  async #more(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#pieceMs === 0) return;
      timer = setTimeout(() => this.fail(`no piece within ${this.#pieceMs} ms`), this.#pieceMs);
    });
    clearTimeout(timer);
    this.#wake = undefined;
  }
}
