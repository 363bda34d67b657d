/** Time for what shows on a terminal as long as it lasts: injected, so that tests need not wait. */

export interface Clock {
  /** Milliseconds that never go back. */
  monotonic(): number;
  /** Calls back once after `delayMs`, unless cancelled. */
  setTimer(callback: () => void, delayMs: number): { cancel(): void };
}

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  setTimer(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
