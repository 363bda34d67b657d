/** A cursor in a text moves by what a person takes for one character, which may be several units of the text. Pure. */

const SEGMENTS = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** Longer than any character that is meant as one; what is looked at for each step stays short. */
const MOST_UNITS = 64;

/** Where the character before `at` begins. */
export function characterBefore(text: string, at: number): number {
  let from = Math.max(0, at - MOST_UNITS);
  if (isInPair(text, from)) from += 1;
  let last = from;
  for (const { index } of SEGMENTS.segment(text.slice(from, at))) last = from + index;
  return last;
}

/** Where the character at `at` ends. */
export function characterEnd(text: string, at: number): number {
  const [first] = SEGMENTS.segment(text.slice(at, at + MOST_UNITS));
  return at + (first?.segment.length ?? 0);
}

/** Whether `at` is between the two halves of one code point. */
function isInPair(text: string, at: number): boolean {
  return at > 0 && at < text.length && (text.codePointAt(at - 1) ?? 0) > 0xffff;
}
