/** Last lines of two crashes held against each other, with times taken out. Pure. */

/** A row of the comparison: both sides where they are the same, one side where the other has nothing like it. */
export interface ComparedLine {
  readonly left: string | undefined;
  readonly right: string | undefined;
  readonly isSame: boolean;
}

const TIMES: readonly RegExp[] = [
  /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g,
  /\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\b/g,
  /\b1[5-9]\d{8}(?:\d{3})?(?:\.\d+)?\b/g,
];
/** What stands where a time stood. */
const TIME = '(time)';

/** The line without the times in it, so that the same words at another time are the same. */
export function withoutTimes(text: string): string {
  return TIMES.reduce((rest, pattern) => rest.replace(pattern, TIME), text);
}

/** The longest common row of lines is what is the same; at most some hundred lines on each side. */
export function compareLines(left: readonly string[], right: readonly string[]): readonly ComparedLine[] {
  const lengths = commonLengths(left, right);
  const rows: ComparedLine[] = [];
  let [at, to] = [0, 0];
  while (at < left.length || to < right.length) {
    const [one, other] = [left[at], right[to]];
    if (one !== undefined && one === other) {
      rows.push({ left: one, right: other, isSame: true });
      at += 1;
      to += 1;
    } else if (
      to >= right.length ||
      (at < left.length && length(lengths, at + 1, to) >= length(lengths, at, to + 1))
    ) {
      rows.push({ left: one, right: undefined, isSame: false });
      at += 1;
    } else {
      rows.push({ left: undefined, right: other, isSame: false });
      to += 1;
    }
  }
  return paired(rows);
}

/** `lengths[at][to]`: how many lines the rests from there on have in common. */
function commonLengths(left: readonly string[], right: readonly string[]): readonly Uint16Array[] {
  const lengths = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
  for (let at = left.length - 1; at >= 0; at -= 1) {
    const row = lengths[at];
    if (row === undefined) continue;
    for (let to = right.length - 1; to >= 0; to -= 1)
      row[to] =
        left[at] === right[to]
          ? length(lengths, at + 1, to + 1) + 1
          : Math.max(length(lengths, at + 1, to), length(lengths, at, to + 1));
  }
  return lengths;
}

function length(lengths: readonly Uint16Array[], at: number, to: number): number {
  return lengths[at]?.[to] ?? 0;
}

/** Between two common lines, what only one side has stands beside what only the other has. */
function paired(rows: readonly ComparedLine[]): readonly ComparedLine[] {
  const made: ComparedLine[] = [];
  let [lefts, rights]: [string[], string[]] = [[], []];
  const flush = (): void => {
    const rows = Math.max(lefts.length, rights.length);
    // Their ends stand beside each other: what was said last matters most.
    for (let row = rows; row > 0; row -= 1)
      made.push({ left: lefts.at(-row), right: rights.at(-row), isSame: false });
    [lefts, rights] = [[], []];
  };
  for (const row of rows) {
    if (row.isSame) {
      flush();
      made.push(row);
    } else if (row.left !== undefined) lefts.push(row.left);
    else if (row.right !== undefined) rights.push(row.right);
  }
  flush();
  return made;
}
