/** Bytes that all requests together may hold. When it is used up, the oldest holder that can be cut gives way. */

interface Holder {
  bytes: number;
  readonly cut: (() => void) | undefined;
}

/** A share of the budget, to be given back once. */
export interface Share {
  /** False: there is no room. */
  add(bytes: number): boolean;
  release(): void;
}

export class ByteBudget {
  readonly #maxBytes: number;
  /** In the order in which they came. */
  readonly #holders = new Set<Holder>();
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** @param cut ends what holds the bytes, when others need the room; absent: it is never asked to */
  share(cut?: () => void): Share {
    const holder: Holder = { bytes: 0, cut };
    this.#holders.add(holder);
    return {
      add: (bytes) => {
        if (!this.#holders.has(holder) || !this.#makeRoom(bytes, holder)) return false;
        holder.bytes += bytes;
        this.#heldBytes += bytes;
        return true;
      },
      release: () => this.#drop(holder),
    };
  }

  #makeRoom(bytes: number, asking: Holder): boolean {
    if (bytes > this.#maxBytes) return false;
    for (const holder of this.#holders) {
      if (this.#heldBytes + bytes <= this.#maxBytes) return true;
      if (holder === asking || holder.cut === undefined || holder.bytes === 0) continue;
      this.#drop(holder);
      holder.cut();
    }
    return this.#heldBytes + bytes <= this.#maxBytes;
  }

  #drop(holder: Holder): void {
    if (this.#holders.delete(holder)) this.#heldBytes -= holder.bytes;
  }
}
