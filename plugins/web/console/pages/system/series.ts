/** The last hour of the machine as columns for plots: what torud has kept, then what came since. */

import type { SystemFigures, SystemHistory } from '../../../../../src/protocol/control/system.ts';

export const SPAN_MS = 3_600_000;

type Value = number | null;

/** Names are those of SystemHistory. */
export const COLUMNS = [
  'cpuPercent',
  'memoryPercent',
  'swapPercent',
  'load',
  'receivedRate',
  'sentRate',
  'readRate',
  'writeRate',
] as const satisfies readonly (keyof SystemHistory)[];
export type ColumnName = (typeof COLUMNS)[number];

export interface Series {
  /** Seconds since 1970, rising. */
  readonly times: readonly number[];
  readonly columns: Readonly<Record<ColumnName, readonly Value[]>>;
}

export const NO_SERIES: Series = {
  times: [],
  columns: {
    cpuPercent: [],
    memoryPercent: [],
    swapPercent: [],
    load: [],
    receivedRate: [],
    sentRate: [],
    readRate: [],
    writeRate: [],
  },
};

export function seriesOf(history: SystemHistory): Series {
  const from = Date.parse(history.from) / 1000;
  const times = history.cpuPercent.map((_, index) => from + (index * history.stepMs) / 1000);
  return { times, columns: history };
}

/** With one more sample behind, and without those that are too old. */
export function appended(series: Series, figures: SystemFigures): Series {
  const time = Date.parse(figures.at) / 1000;
  if (time <= (series.times.at(-1) ?? 0)) return series;
  const first = series.times.findIndex((one) => one >= time - SPAN_MS / 1000);
  const keep = first === -1 ? series.times.length : first;
  const sample = sampleOf(figures);
  const columns = { ...series.columns };
  for (const name of COLUMNS) columns[name] = [...series.columns[name].slice(keep), sample[name]];
  return { times: [...series.times.slice(keep), time], columns };
}

function sampleOf({ cpu, memory, load, networks, diskRates }: SystemFigures): Record<ColumnName, Value> {
  const real = networks.filter(({ name }) => name !== 'lo');
  const swap = memory.swapTotalBytes;
  return {
    cpuPercent: cpu.usedPercent,
    memoryPercent: (100 * memory.usedBytes) / memory.totalBytes,
    swapPercent: swap === 0 ? 0 : (100 * memory.swapUsedBytes) / swap,
    load: load[0] ?? null,
    receivedRate: sum(real.map(({ receivedRate }) => receivedRate)),
    sentRate: sum(real.map(({ sentRate }) => sentRate)),
    readRate: diskRates.readRate,
    writeRate: diskRates.writeRate,
  };
}

/** null while none is known. */
function sum(values: readonly Value[]): Value {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

export interface Summary {
  readonly now: Value;
  readonly least: Value;
  readonly most: Value;
}

export function summaryOf(values: readonly Value[]): Summary {
  let least: Value = null;
  let most: Value = null;
  for (const value of values) {
    if (value === null) continue;
    if (least === null || value < least) least = value;
    if (most === null || value > most) most = value;
  }
  return { now: values.at(-1) ?? null, least, most };
}
