/** A comparison of crashes as `toru crashes diff` prints it; not yet sanitised. Pure. */

import type { Crash } from '../protocol/control/crashes.ts';
import type { CrashDiff, Difference, Side } from './crash-diff.ts';
import { formatDateTime, formatSize, formatSpan } from './output/sizes.ts';
import type { Cell, Table } from './output/table.ts';
import { cutTo, padTo } from './output/width.ts';
import { REMOVED } from './secrets.ts';

const DIGEST_LETTERS = 12;
/** Last lines of each of two crashes that are set side by side. */
const LINES = 8;
const MIN_COLUMNS = 40;

export function diffText(diff: CrashDiff, crashes: readonly Crash[], columns: number): string {
  const { plugin, before, after, changed } = diff;
  const against = before === null ? missingText(diff) : sideText(before);
  const shown = changed.filter((one) => isSeen(one));
  const width = Math.max(0, ...shown.map(({ key }) => key.length));
  const facts = shown.map(
    (one) =>
      `  ${one.key.padEnd(width)}  ${valueText(one.key, one.before)} → ${valueText(one.key, one.after)}`,
  );
  return [
    `${plugin}: ${sideText(after)} against ${against}`,
    ...(facts.length === 0 ? [`  ${sameText(diff)}`] : facts),
    ...(before !== null && !diff.areSettingsKnown
      ? ['  settings: not kept any more, so nothing can be said of them']
      : []),
    ...(diff.removed.length > 0
      ? [`  values that look secret are not shown: ${diff.removed.join(', ')}`]
      : []),
    ...lastLines(crashes, Math.max(MIN_COLUMNS, columns)),
  ].join('\n');
}

/** A size that is another one by some bytes reads the same; of a secret it is worth saying that it changed. */
function isSeen({ key, before, after }: Difference): boolean {
  return before === REMOVED || valueText(key, before) !== valueText(key, after);
}

function sideText({ kind, id, at, version }: Side): string {
  const name = kind === 'crash' ? `crash #${id}` : `the last good run (${id})`;
  return `${name} (${kind === 'run' ? 'from ' : ''}${formatDateTime(at)}, version ${version})`;
}

/** The good run's settings are in the capsule, so that they are known although the run is not. */
function missingText({ areSettingsKnown }: CrashDiff): string {
  return areSettingsKnown ? 'a good run that is not kept any more' : 'no good run before it';
}

function sameText({ before, areSettingsKnown }: CrashDiff): string {
  if (before === null && !areSettingsKnown) return 'nothing to compare with: it has had no good run';
  return 'nothing has changed: version, files and settings are the same';
}

export function diffTable(diff: CrashDiff): Table {
  const cell = (key: string, value: unknown): Cell => ({
    text: valueText(key, value),
    plain: typeof value === 'string' ? value : JSON.stringify(value),
  });
  return {
    columns: [{ title: 'KEY' }, { title: 'BEFORE' }, { title: 'AFTER' }],
    rows: diff.changed.map(({ key, before, after }: Difference) => [
      key,
      cell(key, before),
      cell(key, after),
    ]),
  };
}

export function valueText(key: string, value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (key === 'digest' && typeof value === 'string') return value.slice(0, DIGEST_LETTERS);
  if (typeof value === 'number' && key.endsWith('Bytes')) return formatSize(value);
  if (typeof value === 'number' && key.endsWith('Ms')) return formatSpan(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function lastLines(crashes: readonly Crash[], columns: number): readonly string[] {
  const [left, right] = crashes;
  if (left === undefined || right === undefined) return [];
  const texts = [left, right].map((crash) => crash.lastLines.slice(-LINES).map((line) => line.message));
  const [before = [], after = []] = texts;
  if (before.length + after.length === 0) return ['neither wrote anything'];
  if (before.join('\n') === after.join('\n'))
    return ['last lines, the same of both:', ...before.map((line) => `  ${line}`)];
  const half = Math.floor((columns - 3) / 2);
  const rows = Math.max(before.length, after.length);
  // The ends stand beside each other: what was said last matters most.
  const lined = Array.from({ length: rows }, (_, row) => {
    const one = before[row - (rows - before.length)] ?? '';
    const other = after[row - (rows - after.length)] ?? '';
    return `${padTo(cutTo(one, half), half)} │ ${cutTo(other, half)}`.trimEnd();
  });
  return [`${padTo(`last lines of #${left.id}`, half)} │ last lines of #${right.id}`, ...lined];
}
