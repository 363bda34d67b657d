/** Tells those who serve somebody for long that somebody may do less now: a look at the identity is due. */

export class Revocations {
  readonly #watchers = new Set<() => void>();
  #isDue = false;

  /** @returns what ends the watching */
  watch(onRevoked: () => void): () => void {
    this.#watchers.add(onRevoked);
    return () => this.#watchers.delete(onRevoked);
  }

  /** May be called amid a transaction: told when it has ended, several at once as one. */
  note(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      for (const onRevoked of [...this.#watchers]) onRevoked();
    });
  }
}
