/** Times in steps so coarse that a screen at rest stands still. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `<1m`, `3m`, `27m`, `3h`, `12d`, never more than it was: at most four columns for 27 years. */
export function coarseAge(ms: number): string {
  if (ms < MINUTE_MS) return '<1m';
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)}m`;
  return ms < DAY_MS ? `${Math.floor(ms / HOUR_MS)}h` : `${Math.floor(ms / DAY_MS)}d`;
}

/** Local time, as short as it is unmistakable: `14:02` today, `11-08 14:02` this year, `2025-11-08` before. */
export function shortMoment(time: string, wallMs: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  const now = new Date(wallMs);
  const day = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (date.getFullYear() !== now.getFullYear()) return `${date.getFullYear()}-${day}`;
  return date.getMonth() === now.getMonth() && date.getDate() === now.getDate() ? clock : `${day} ${clock}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
