/** A minute of figures in a few signs. */

import { HISTORY_SECONDS } from './model.ts';

export interface Scale {
  /** What the lowest sign stands for. */
  readonly least: number;
  /** What the highest one stands for. */
  readonly most: number;
}

/**
 * Each sign is the greatest of its part of the minute; the newest is the last. The parts begin at round numbers of
 * samples, so that a part which is over stays as it is. A minute that is not yet full counts as if it had begun as
 * it goes on, so that a flat line is flat from its first sign.
 *
 * @param width should divide 60
 * @param samples how many there have been in all; the history holds the last of them
 */
export function sparkline(
  history: readonly number[],
  width: number,
  bars: readonly string[],
  samples: number,
  { least, most }: Scale,
): string {
  const share = Math.max(1, Math.round(HISTORY_SECONDS / width));
  const first = samples - history.length;
  const newest = Math.ceil(samples / share);
  let text = '';
  for (let part = newest - width; part < newest; part += 1) {
    const from = Math.max(0, part * share - first);
    const values = history.slice(from, Math.max(0, (part + 1) * share - first));
    const greatest = values.length === 0 ? (history[0] ?? least) : Math.max(...values);
    text += bars[level(greatest, least, most, bars.length)] ?? ' ';
  }
  return text;
}

/** Processor time in percent: a tenth of a core or less is no mountain. */
export function cpuScale(history: readonly number[]): Scale {
  return { least: 0, most: Math.max(10, ...history) };
}

/** Memory in bytes: growth is what matters, so the least of the minute is the ground; a fifth of it at least is the height. */
export function memoryScale(history: readonly number[]): Scale {
  const least = history.length === 0 ? 0 : Math.min(...history);
  return { least, most: Math.max(least * 1.2, ...history, least + 1) };
}

function level(value: number, least: number, most: number, steps: number): number {
  const share = (value - least) / (most - least);
  return Math.min(steps - 1, Math.max(0, Math.round(share * (steps - 1))));
}
