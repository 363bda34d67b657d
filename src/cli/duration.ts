/** Durations as people type them: `500ms`, `30s`, `5min`, `1h30min`; a number alone is seconds. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  second: 1000,
  seconds: 1000,
  minute: 60_000,
  minutes: 60_000,
  hour: 3_600_000,
  hours: 3_600_000,
  day: 86_400_000,
  days: 86_400_000,
  week: 604_800_000,
  weeks: 604_800_000,
};

/** Longest duration that is taken: a hundred years. */
const MAX_MS = 100 * 365 * 86_400_000;

/** Milliseconds, or undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return bounded(Number(trimmed) * 1000);
  if (!/^(\d+(\.\d+)?\s*[a-z]+\s*)+$/.test(trimmed)) return undefined;
  let sumMs = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const unitMs = Object.hasOwn(UNIT_MS, unit ?? '') ? UNIT_MS[unit ?? ''] : undefined;
    if (unitMs === undefined) return undefined;
    sumMs += Number(amount) * unitMs;
  }
  return bounded(sumMs);
}

function bounded(ms: number): number | undefined {
  return ms <= MAX_MS ? ms : undefined;
}
