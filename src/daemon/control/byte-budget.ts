/** Bytes that all connections together may make torud hold. Over it, who has stood still for longest has to go. */

export class ByteBudget<Holder> {
  readonly #maxBytes: number;
  readonly #evict: (holder: Holder) => void;
  /** In the order of their last progress: the first has stood still for longest. */
  readonly #held = new Map<Holder, number>();
  #totalBytes = 0;

  /** @param evict must make the holder let go of its bytes */
  constructor(maxBytes: number, evict: (holder: Holder) => void) {
    this.#maxBytes = maxBytes;
    this.#evict = evict;
  }

  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Says how much a holder holds now. `hasMoved`: it made progress (a line was finished, the client took bytes). */
  set(holder: Holder, bytes: number, hasMoved: boolean): void {
    this.#totalBytes += bytes - (this.#held.get(holder) ?? 0);
    if (bytes === 0 || hasMoved) this.#held.delete(holder);
    if (bytes > 0) this.#held.set(holder, bytes);
    this.#enforce();
  }

  remove(holder: Holder): void {
    this.#totalBytes -= this.#held.get(holder) ?? 0;
    this.#held.delete(holder);
  }

  /** One holder alone has its own limits and stays. */
  #enforce(): void {
    while (this.#totalBytes > this.#maxBytes && this.#held.size > 1) {
      const [oldest] = this.#held.keys();
      if (oldest === undefined) return;
      this.remove(oldest);
      this.#evict(oldest);
    }
  }
}
