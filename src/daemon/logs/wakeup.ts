/** Keeps which of the things that wait have been called, and lets one reader wait for the next call. */
export class Wakeup<Member> {
  readonly #idle = new Set<Member>();
  readonly #called = new Set<Member>();
  #resolve: (() => void) | undefined;

  /** The member waits from now on. A call from before counts: it may have come too late for the last look. */
  setIdle(member: Member): void {
    this.#idle.add(member);
  }

  call(member: Member): void {
    this.#called.add(member);
    if (this.#idle.has(member)) this.wake();
  }

  /** Members that wait and were called; they wait no more. */
  takeWoken(): Member[] {
    const woken: Member[] = [];
    for (const member of this.#called) {
      if (!this.#idle.delete(member)) continue;
      this.#called.delete(member);
      woken.push(member);
    }
    return woken;
  }

  /** Ends the present `wait`. */
  wake(): void {
    this.#resolve?.();
  }

  /** Until a waiting member was called, or the signal is given. */
  async wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#hasWoken()) return;
    const wake = (): void => this.wake();
    signal.addEventListener('abort', wake, { once: true });
    await new Promise<void>((resolve) => {
      this.#resolve = resolve;
    });
    signal.removeEventListener('abort', wake);
    this.#resolve = undefined;
  }

  #hasWoken(): boolean {
    for (const member of this.#called) if (this.#idle.has(member)) return true;
    return false;
  }
}
