/**
 * Holds a text to the rules of OpenMetrics 1.0 that can be checked without knowing what it measures: its grammar, names
 * and suffixes by type, one block a family, no series twice, histograms that add up. Written from the specification.
 */

export interface CheckedSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

export interface CheckedFamily {
  readonly name: string;
  type: string;
  unit: string;
  help: string;
  readonly samples: CheckedSample[];
}

export interface Checked {
  /** One line a fault, with the number of its line; empty when there is none. */
  readonly faults: readonly string[];
  readonly families: ReadonlyMap<string, CheckedFamily>;
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  gauge: [''],
  counter: ['_total', '_created'],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  info: ['_info'],
  stateset: [''],
};
const METADATA = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*)(?: (.*))?$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[n"\\])*)"(?:,|$)/;
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/;

export function checkOpenMetrics(text: string): Checked {
  const faults: string[] = [];
  const families = new Map<string, CheckedFamily>();
  if (!text.endsWith('# EOF\n')) faults.push('the text does not end with "# EOF" and a newline');
  const lines = text.split('\n').slice(0, -2);
  let current: CheckedFamily | undefined;
  const series = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const fault = (what: string): void =>
      void faults.push(`line ${index + 1}: ${what}: ${line.slice(0, 120)}`);
    const metadata = METADATA.exec(line);
    if (metadata !== null) {
      const [, keyword = '', name = '', rest = ''] = metadata;
      if (current?.name !== name) {
        if (families.has(name)) fault('a family in two pieces');
        current = { name, type: '', unit: '', help: '', samples: [] };
        families.set(name, current);
      }
      noteMetadata(current, keyword, rest, fault);
      continue;
    }
    const sample = readSample(line, fault);
    if (sample === undefined) continue;
    if (current === undefined || !isOf(current, sample.name)) fault('a sample outside its family');
    else current.samples.push(sample);
    const key = `${sample.name} ${JSON.stringify([...sample.labels].sort())}`;
    if (series.has(key)) fault('a series twice');
    series.add(key);
  }
  for (const family of families.values()) faults.push(...familyFaults(family));
  return { faults, families };
}

function noteMetadata(
  family: CheckedFamily,
  keyword: string,
  rest: string,
  fault: (what: string) => void,
): void {
  const key = keyword.toLowerCase() as 'type' | 'unit' | 'help';
  if (family.samples.length > 0) fault('metadata behind samples');
  if (family[key] !== '') fault(`${keyword} twice`);
  if (rest === '') fault(`${keyword} of nothing`);
  if (key === 'help' && !/^(?:[^"\\]|\\[n"\\])*$/.test(rest)) fault('a HELP that is not escaped');
  if (key === 'type' && SUFFIXES[rest] === undefined) fault('an unknown type');
  family[key] = rest;
}

function readSample(line: string, fault: (what: string) => void): CheckedSample | undefined {
  const parts = SAMPLE.exec(line);
  if (parts === null) {
    fault('neither metadata nor a sample');
    return undefined;
  }
  const [, name = '', written = '', value = ''] = parts;
  if (!NUMBER.test(value)) fault('no number');
  const labels = new Map<string, string>();
  let rest = written;
  while (rest !== '') {
    const label = LABEL.exec(rest);
    if (label === null) {
      fault('labels that cannot be read');
      return undefined;
    }
    const [whole, key = '', text = ''] = label;
    if (labels.has(key)) fault(`label ${key} twice`);
    if (key.startsWith('__')) fault(`label ${key} is reserved`);
    labels.set(
      key,
      text.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    );
    rest = rest.slice(whole.length);
  }
  return { name, labels, value: value.endsWith('Inf') ? Number(`${value}inity`) : Number(value) };
}

function isOf(family: CheckedFamily, sampleName: string): boolean {
  return (SUFFIXES[family.type] ?? []).some((suffix) => sampleName === `${family.name}${suffix}`);
}

function familyFaults(family: CheckedFamily): string[] {
  const { name, type, unit, help, samples } = family;
  const faults: string[] = [];
  const fault = (what: string): void => void faults.push(`${name}: ${what}`);
  if (type === '') fault('no TYPE');
  if (help === '') fault('no HELP');
  if (samples.length === 0) fault('no sample');
  if (unit !== '' && !name.endsWith(`_${unit}`)) fault(`does not end with its unit ${unit}`);
  if (/_(seconds|bytes)$/.test(name) && unit === '') fault('no UNIT');
  if (/_(total|created|bucket|count|sum)$/.test(name)) fault('a reserved suffix');
  if (/[A-Z]/.test(name)) fault('upper case');
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0))) fault('a counter below 0');
  if (type === 'histogram') faults.push(...histogramFaults(family));
  return faults;
}

function histogramFaults({ name, samples }: CheckedFamily): string[] {
  const faults: string[] = [];
  const groups = Map.groupBy(samples, ({ labels }) =>
    JSON.stringify([...labels].filter(([key]) => key !== 'le').sort()),
  );
  for (const [labels, group] of groups) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map((bucket) =>
      Number((bucket.labels.get('le') ?? '').replace('Inf', 'Infinity')),
    );
    const counts = buckets.map(({ value }) => value);
    const isAscending = (list: readonly number[], isStrict: boolean): boolean =>
      list.every(
        (value, at) => at === 0 || value > (list[at - 1] ?? 0) || (!isStrict && value === list[at - 1]),
      );
    const of = (suffix: string) => group.find((sample) => sample.name === `${name}${suffix}`)?.value;
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY) faults.push(`${name}${labels}: no bucket +Inf`);
    if (!isAscending(bounds, true)) faults.push(`${name}${labels}: bounds do not ascend`);
    if (!isAscending(counts, false)) faults.push(`${name}${labels}: buckets are not cumulated`);
    if (of('_count') !== counts.at(-1)) faults.push(`${name}${labels}: _count is not that of +Inf`);
    if (of('_sum') === undefined) faults.push(`${name}${labels}: no _sum`);
  }
  return faults;
}
