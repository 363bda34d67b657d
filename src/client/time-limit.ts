/** `--timeout` over work that may last for ever. */

/** Longest delay of setTimeout; a longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** @returns undefined when the time has passed; 0 means no limit */
export function within<Value>(work: Promise<Value>, timeoutMs: number): Promise<Value | undefined> {
  if (timeoutMs === 0) return work;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), Math.min(timeoutMs, MAX_TIMER_MS));
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** `1 ms`, `1.5 s`, `90 s` */
export function limitText(ms: number): string {
  const whole = Math.round(ms);
  return whole < 1000 ? `${whole} ms` : `${Number((ms / 1000).toFixed(1))} s`;
}
