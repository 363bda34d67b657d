/** Figures of torud, its plugins, its tasks and the machine, as text for a monitor or as data. */

export const METRIC_FORMATS = ['openmetrics', 'prometheus', 'json'] as const;

export interface MetricsParams {
  /**
   * `openmetrics`: OpenMetrics 1.0, unless told otherwise. `prometheus`: the text format 0.0.4 of Prometheus. `json`: the
   * same families as data.
   */
  readonly format?: (typeof METRIC_FORMATS)[number];
}

/** One value of a gauge or counter. */
export interface MetricValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One histogram. */
export interface MetricDistribution {
  readonly labels: Readonly<Record<string, string>>;
  /** Cumulated; the last bound is null, which stands for infinity. */
  readonly buckets: readonly { readonly le: number | null; readonly count: number }[];
  readonly count: number;
  readonly sum: number;
}

export interface Metric {
  /** As in the text, without `_total`. */
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly unit: string | null;
  readonly help: string;
  readonly samples: readonly (MetricValue | MetricDistribution)[];
}

export interface MetricsResult {
  /** Empty for `json`. */
  readonly text: string;
  /** Only for `json`. */
  readonly metrics?: readonly Metric[];
}
