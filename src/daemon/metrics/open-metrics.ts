/**
 * Metric families as text: OpenMetrics 1.0 (OpenMetrics specification, "ABNF"), or the older text format 0.0.4 of
 * Prometheus, which its textfile collector and `promtool check metrics` read. They differ in the name that stands in a
 * counter's TYPE and HELP line, in UNIT, `_created` and `# EOF`.
 */

export type MetricFormat = 'openmetrics' | 'prometheus';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

export interface HistogramSample {
  readonly labels?: Labels;
  /** Not cumulated; one more than there are bounds: the last one is over all of them. */
  readonly counts: ArrayLike<number>;
  readonly sum: number;
}

interface Described {
  /** Without `_total`; ends with the unit where there is one. */
  readonly name: string;
  /** One sentence without a full stop. */
  readonly help: string;
  /** Base unit (`seconds`, `bytes`), with which the name ends. */
  readonly unit?: string;
}

export interface GaugeFamily extends Described {
  readonly type: 'gauge';
  readonly samples: readonly Sample[];
}

export interface CounterFamily extends Described {
  readonly type: 'counter';
  readonly samples: readonly Sample[];
  /** Since when it counts, in seconds since 1970; absent: for longer than anybody knows. */
  readonly createdSeconds?: number;
}

export interface HistogramFamily extends Described {
  readonly type: 'histogram';
  /** Upper bounds, ascending, without the infinite one. */
  readonly bounds: readonly number[];
  readonly histograms: readonly HistogramSample[];
  readonly createdSeconds?: number;
}

export type MetricFamily = GaugeFamily | CounterFamily | HistogramFamily;

/** Hardly any label does, and there are thousands. */
const NEEDS_ESCAPE = /[\\"\n]/;

/** Families without a sample are left out. Ends with a newline. */
export function formatMetrics(families: readonly MetricFamily[], format: MetricFormat): string {
  const isOpen = format === 'openmetrics';
  const lines = families.flatMap((family) => familyLines(family, isOpen));
  if (isOpen) lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

function familyLines(family: MetricFamily, isOpen: boolean): string[] {
  const samples = sampleLines(family, isOpen);
  if (samples.length === 0) return [];
  const { type, unit } = family;
  const name = type === 'counter' && !isOpen ? `${family.name}_total` : family.name;
  return [
    `# TYPE ${name} ${type}`,
    ...(isOpen && unit !== undefined ? [`# UNIT ${name} ${unit}`] : []),
    `# HELP ${name} ${isOpen ? escapeLabel(family.help) : escapeHelp(family.help)}`,
    ...samples,
  ];
}

function sampleLines(family: MetricFamily, isOpen: boolean): string[] {
  if (family.type === 'histogram') return histogramLines(family, isOpen);
  const suffix = family.type === 'counter' ? '_total' : '';
  const created = isOpen && family.type === 'counter' ? family.createdSeconds : undefined;
  return family.samples.flatMap(({ labels, value }) => {
    const written = labelText(labels);
    const line = `${family.name}${suffix}${written} ${numberText(value)}`;
    return created === undefined ? [line] : [line, `${family.name}_created${written} ${numberText(created)}`];
  });
}

function histogramLines(
  { name, bounds, histograms, createdSeconds }: HistogramFamily,
  isOpen: boolean,
): string[] {
  return histograms.flatMap(({ labels, counts, sum }) => {
    let together = 0;
    const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, at) => {
      together += counts[at] ?? 0;
      return `${name}_bucket${labelText({ ...labels, le: boundText(bound) })} ${together}`;
    });
    const written = labelText(labels);
    const lines = [
      ...buckets,
      `${name}_count${written} ${together}`,
      `${name}_sum${written} ${numberText(sum)}`,
    ];
    if (isOpen && createdSeconds !== undefined)
      lines.push(`${name}_created${written} ${numberText(createdSeconds)}`);
    return lines;
  });
}

function labelText(labels: Labels = {}): string {
  let text = '';
  for (const name in labels) text += `${text === '' ? '{' : ','}${name}="${escapeLabel(labels[name] ?? '')}"`;
  return text === '' ? '' : `${text}}`;
}

/** OpenMetrics, "Canonical Numbers": a bound is written as a floating point number. */
function boundText(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf';
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}

function escapeLabel(text: string): string {
  return NEEDS_ESCAPE.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
