/** A minute of figures in a few signs. */

/** Each sign is the greatest of its part of the history; the newest is the last. Scaled to the greatest of all. */
export function sparkline(history: readonly number[], width: number, bars: readonly string[]): string {
  if (history.length === 0) return ' '.repeat(width);
  const most = Math.max(...history, Number.MIN_VALUE);
  const share = 60 / width;
  let text = '';
  for (let part = width; part > 0; part -= 1) {
    const from = Math.round(history.length - part * share);
    const values = history.slice(Math.max(0, from), Math.max(0, Math.round(from + share)));
    text += values.length === 0 ? ' ' : (bars[level(Math.max(...values), most, bars.length)] ?? ' ');
  }
  return text;
}

function level(value: number, most: number, steps: number): number {
  return Math.min(steps - 1, Math.max(0, Math.round((value / most) * (steps - 1))));
}
