/** Time, as something that is injected: the only source of "now" and of timers in the daemon. */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall clock: milliseconds since 1970, with a fraction (microseconds). */
  now(): number;
  /** Never goes back and does not jump with the wall clock: milliseconds with a fraction. */
  monotonic(): number;
  /** Calls `callback` once after `delayMs` of monotonic time, unless cancelled. Keeps the process alive. */
  setTimer(callback: () => void, delayMs: number): Timer;
}

/** setTimeout's longest delay; a longer one would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now() + wallDrift(),
  monotonic: () => performance.now(),
  setTimer(callback, delayMs) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), MAX_TIMEOUT_MS));
    return { cancel: () => clearTimeout(timer) };
  },
};

/** How far the wall clock has been set since the start: performance.timeOrigin does not follow it. */
function wallDrift(): number {
  const drift = Date.now() - (performance.timeOrigin + performance.now());
  return Math.abs(drift) < 2 ? 0 : drift;
}

/** RFC 3339 UTC with microseconds, the one format in JSON: `2026-11-08T16:20:00.123456Z`. */
export function formatTime(ms: number): string {
  const whole = Math.floor(ms);
  // Rounded, for a double of today's times holds a quarter of a microsecond: what is read back stays the same.
  const micros = Math.min(999, Math.round((ms - whole) * 1000));
  return `${new Date(whole).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}

/** Milliseconds since 1970 of an RFC 3339 time, microseconds kept as a fraction; NaN when it is none. */
export function parseTime(text: string): number {
  const fraction = /\.(\d{3})(\d{1,6})/.exec(text);
  const micros = fraction?.[2] === undefined ? 0 : Number(`0.${fraction[2]}`);
  return Date.parse(text) + micros;
}
