/** Sizes, durations and times as people read them. */

const SIZE_UNITS = ['B', 'K', 'M', 'G', 'T', 'P'] as const;

/** `512B`, `84.2M`, `1.5G`: powers of 1024, three digits or so. */
export function formatSize(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (Math.abs(amount) >= 1023.95 && unit < SIZE_UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(amount) : amount.toFixed(1)}${SIZE_UNITS[unit]}`;
}

/** `12s`, `5m 12s`, `3h 20m`, `3d 4h`: the two largest units. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return pair(minutes, 'm', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'm');
  const days = Math.floor(hours / 24);
  return days < 100 ? pair(days, 'd', hours % 24, 'h') : `${days}d`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit} ${small}${smallUnit}`;
}

/** A duration within a sentence, one unit: `400 ms`, `2.1 s`, `3 min`, `2 h`, `12 days`. */
export function formatSpan(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  const days = Math.floor(seconds / 86_400);
  return days === 1 ? '1 day' : `${days} days`;
}

/** `3 s ago`; whole seconds, since it is old when it is read. */
export function formatAge(ms: number): string {
  return `${formatSpan(Math.max(0, Math.floor(ms / 1000)) * 1000 || 0).replace(/^0 ms$/, '0 s')} ago`;
}

/** Local time of day, with the date before it when that is not today's: `14:02:00`, `2026-11-02 14:02:00`. */
export function formatClock(time: string, nowMs: number, withMillis = false): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const text = withMillis ? `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}` : clock;
  const day = formatDay(date);
  return day === formatDay(new Date(nowMs)) ? text : `${day} ${text}`;
}

/** Local date and time, always both. */
export function formatDateTime(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return `${formatDay(date)} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Local date, `2026-11-02`. */
export function formatDay(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
