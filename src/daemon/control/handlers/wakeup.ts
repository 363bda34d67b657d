/** Lets a stream sleep until something happened, or until it is to end. A call that nobody waits for is remembered. */

export class Wakeup {
  #isCalled = false;
  #wake: (() => void) | undefined;

  /** The signal's abort counts as a call. */
  constructor(signal: AbortSignal) {
    signal.addEventListener('abort', () => this.call(), { once: true });
  }

  call(): void {
    this.#isCalled = true;
    this.#wake?.();
  }

  /** Returns at once when it was called since the last time. One waiter at a time. */
  async wait(): Promise<void> {
    if (!this.#isCalled) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = undefined;
    this.#isCalled = false;
  }
}
