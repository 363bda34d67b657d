/** What is wrong with a field of a cron expression, in words of our own: crontab(5), and what croner takes beyond it. */

interface Field {
  readonly name: string;
  readonly lowest: number;
  readonly highest: number;
  /** Names that stand for numbers. */
  readonly names?: RegExp;
  /** What is written beside numbers, as `L` and `MON#1`. */
  readonly others?: RegExp;
}

const MONTHS = /^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)$/i;
const DAYS = /^(sun|mon|tue|wed|thu|fri|sat)$/i;

const FIELDS: readonly Field[] = [
  { name: 'minute', lowest: 0, highest: 59 },
  { name: 'hour', lowest: 0, highest: 23 },
  { name: 'day', lowest: 1, highest: 31, others: /^(L|LW|\d{1,2}W)$/i },
  { name: 'month', lowest: 1, highest: 12, names: MONTHS },
  {
    name: 'day of the week',
    lowest: 0,
    highest: 7,
    names: DAYS,
    others: /^(L|([0-7]|sun|mon|tue|wed|thu|fri|sat)(L|#[1-5]|#L)|.+-.+#[1-5L]|\+.+)$/i,
  },
];

/** The rest of a sentence that begins with the name of the expression; undefined when each field is right. Five fields. */
export function cronFieldProblem(expression: string): string | undefined {
  for (const [index, text] of expression.split(/\s+/).entries()) {
    const field = FIELDS[index];
    const problem = field === undefined ? undefined : fieldProblem(field, text);
    if (problem !== undefined) return `has a wrong ${field?.name}: ${problem}`;
  }
  return undefined;
}

function fieldProblem(field: Field, text: string): string | undefined {
  for (const part of text.split(',')) {
    const problem = partProblem(field, part);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function partProblem(field: Field, part: string): string | undefined {
  if (part === '') return 'nothing stands before or behind a comma';
  const [range = '', step, ...more] = part.split('/');
  if (more.length > 0) return `"${part}" has two steps`;
  if (step !== undefined && !isStep(field, step))
    return `the step of "${part}" must be a number from 1 to ${mostSteps(field)}`;
  if (step !== undefined && range !== '*' && range !== '?' && !range.includes('-'))
    return `a step stands behind * or a range, as in */${step} and ${field.lowest}-${field.highest}/${step}, not as in "${part}"`;
  if (range === '*' || range === '?' || field.others?.test(range) === true) return undefined;
  const ends = range.split('-');
  if (ends.length > 2) return `"${range}" is no range`;
  const wrong = ends.find((end) => !isValue(field, end));
  if (wrong !== undefined) return `"${wrong}" is not ${demandOf(field)}`;
  const [from, to] = ends.map(Number);
  return from !== undefined && to !== undefined && from > to
    ? `the range "${range}" goes backwards`
    : undefined;
}

function mostSteps({ lowest, highest }: Field): number {
  return highest - lowest + 1;
}

function isStep(field: Field, step: string): boolean {
  return /^\d+$/.test(step) && Number(step) >= 1 && Number(step) <= mostSteps(field);
}

function isValue({ names, lowest, highest }: Field, value: string): boolean {
  if (names?.test(value) === true) return true;
  return /^\d+$/.test(value) && Number(value) >= lowest && Number(value) <= highest;
}

function demandOf({ names, lowest, highest }: Field): string {
  const example = names === undefined ? '' : names === MONTHS ? ', or a name as JAN' : ', or a name as MON';
  return `a number from ${lowest} to ${highest}${example}`;
}
