/** Two crashes as lines: side by side where there is room, else one under the other. Pure. */

import { sanitiseField } from '../../../output/sanitise.ts';
import { cutTo, padTo, widthOf } from '../../../output/width.ts';
import { type Frame, type Line, line, type Role, type Span, span } from '../../frame.ts';
import type { Look } from '../../look.ts';
import type { ComparedFact, Comparison } from './compare-facts.ts';
import type { ComparedLine } from './compare-lines.ts';
import { inSigns } from './crash-words.ts';

/** Columns from which on both stand side by side. */
export const WIDE = 100;
const MAX_LABEL = 24;

export interface ComparisonWanted {
  readonly look: Look;
  readonly columns: number;
  /** Leaves out what is the same. */
  readonly isShort: boolean;
}

interface Kept {
  readonly wanted: ComparisonWanted;
  readonly rows: Frame;
}

const kept = new WeakMap<Comparison, Kept>();

/** All rows of it. */
export function comparisonRows(comparison: Comparison, wanted: ComparisonWanted): Frame {
  const known = kept.get(comparison);
  if (
    known?.wanted.columns === wanted.columns &&
    known.wanted.isShort === wanted.isShort &&
    known.wanted.look === wanted.look
  )
    return known.rows;
  const facts = comparison.facts.filter(({ isSame }) => !isSame || !wanted.isShort);
  const rows = [
    ...(wanted.columns >= WIDE
      ? wideFacts(comparison, facts, wanted)
      : narrowFacts(comparison, facts, wanted)),
    ...notes(comparison),
    ...lineRows(comparison, wanted),
  ];
  kept.set(comparison, { wanted, rows });
  return rows;
}

/** The sign says what the colour says. */
function mark(isSame: boolean): Span {
  return isSame ? span('  ') : span('! ', 'busy');
}

function shown(text: string, look: Look): string {
  return sanitiseField(inSigns(text, look));
}

function labelWidth(facts: readonly ComparedFact[]): number {
  return Math.min(MAX_LABEL, Math.max(8, ...facts.map(({ label }) => widthOf(label))));
}

function labelSpan(label: string, width: number): Span {
  return span(`${padTo(cutTo(sanitiseField(label), width), width)} `, 'dim');
}

function wideFacts(
  { left, right }: Comparison,
  facts: readonly ComparedFact[],
  { look, columns }: ComparisonWanted,
): Frame {
  const width = labelWidth(facts);
  const half = Math.floor((columns - width - 6) / 2);
  const row = (lead: Span, label: string, texts: readonly [string, string], role: Role): Line => {
    const [one, other] = texts.map((text) => cutTo(shown(text, look), half));
    return line(
      ' ',
      lead,
      labelSpan(label, width),
      span(padTo(one ?? '', half), role),
      '  ',
      span(other ?? '', role),
    );
  };
  return [
    row(span('  '), '', [`#${left.id} ${left.plugin}`, `#${right.id} ${right.plugin}`], 'strong'),
    ...facts.map((one) => row(mark(one.isSame), one.label, [one.left, one.right], roleOf(one))),
  ];
}

function narrowFacts(
  { left, right }: Comparison,
  facts: readonly ComparedFact[],
  { look }: ComparisonWanted,
): Frame {
  const width = labelWidth(facts);
  const { arrow } = look.signs;
  return [
    line(
      '  ',
      span(sanitiseField(`#${left.id} ${left.plugin} ${arrow} #${right.id} ${right.plugin}`), 'strong'),
    ),
    ...facts.flatMap((one): Frame => {
      const head = line(
        ' ',
        mark(one.isSame),
        labelSpan(one.label, width),
        span(shown(one.left, look), roleOf(one)),
      );
      if (one.isSame && one.left === one.right) return [head];
      const under = span(`${' '.repeat(Math.max(0, width - widthOf(arrow)))}${arrow} `, 'dim');
      return [head, line('   ', under, span(shown(one.right, look), roleOf(one)))];
    }),
  ];
}

function roleOf({ isSame }: ComparedFact): Role {
  return isSame ? 'dim' : 'strong';
}

function notes({ facts, removed, areSettingsKnown }: Comparison): Frame {
  const isSame = facts.every((one) => one.isSame);
  const texts = [
    ...(isSame ? ['they ended alike, of the same files'] : []),
    ...(areSettingsKnown ? [] : ['settings: not kept any more, so nothing can be said of them']),
    ...(removed.length > 0 ? [`values that look secret are not shown: ${removed.join(', ')}`] : []),
  ];
  return texts.map((text) => line(span(`   ${sanitiseField(text)}`, 'dim')));
}

function lineRows({ lines }: Comparison, { look, columns, isShort }: ComparisonWanted): Frame {
  const { rule } = look.signs;
  const differing = lines.filter(({ isSame }) => !isSame).length;
  const words =
    lines.length === 0 ? 'neither wrote any' : differing === 0 ? 'the same of both' : `${differing} differ`;
  const head = ` ${rule.repeat(2)} last lines, without times: ${words} `;
  const title = line(span(head + rule.repeat(Math.max(0, columns - widthOf(head))), 'dim'));
  const chosen = isShort ? lines.filter(({ isSame }) => !isSame) : lines;
  return [
    title,
    ...(columns >= WIDE ? chosen.map((one) => wideLine(one, look, columns)) : narrowLines(chosen)),
  ];
}

function wideLine({ left, right, isSame }: ComparedLine, look: Look, columns: number): Line {
  const half = Math.floor((columns - 7) / 2);
  const down = look.signs.box[5];
  const text = (of: string | undefined): string => padTo(cutTo(sanitiseField(of ?? ''), half), half);
  const role: Role = isSame ? 'dim' : 'plain';
  return line(' ', mark(isSame), span(text(left), role), span(` ${down} `, 'dim'), span(text(right), role));
}

/** As in diff -u: first all that only the older one has, then all that only the newer one has. */
function narrowLines(lines: readonly ComparedLine[]): Frame {
  const rows: Line[] = [];
  let added: Line[] = [];
  for (const { left, right, isSame } of lines) {
    if (isSame) {
      rows.push(...added, line(span(`   ${sanitiseField(right ?? '')}`, 'dim')));
      added = [];
      continue;
    }
    if (left !== undefined) rows.push(line(span(' - ', 'bad'), sanitiseField(left)));
    if (right !== undefined) added.push(line(span(' + ', 'good'), sanitiseField(right)));
  }
  return [...rows, ...added];
}
