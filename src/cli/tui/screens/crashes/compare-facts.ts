/** Facts of two crashes side by side: what `toru crashes diff` tells, and what is the same as well. Pure. */

import type { Crash } from '../../../../protocol/control/crashes.ts';
import { type CrashDiff, diffCrashes } from '../../../crash-diff.ts';
import { valueText } from '../../../crash-diff-text.ts';
import { formatDateTime } from '../../../output/sizes.ts';
import { SecretFilter } from '../../../secrets.ts';
import { causeText } from '../../../status-block.ts';
import { type ComparedLine, compareLines, withoutTimes } from './compare-lines.ts';
import type { Capsule } from './crash-capsule.ts';

export interface ComparedFact {
  readonly label: string;
  readonly left: string;
  readonly right: string;
  readonly isSame: boolean;
}

export interface Comparison {
  /** The older one. */
  readonly left: Crash;
  readonly right: Crash;
  readonly facts: readonly ComparedFact[];
  readonly lines: readonly ComparedLine[];
  readonly areSettingsKnown: boolean;
  /** Settings whose values are not shown. */
  readonly removed: readonly string[];
}

export function comparisonOf(one: Capsule, other: Capsule): Comparison {
  const [older, newer] = one.crash.id <= other.crash.id ? [one, other] : [other, one];
  const diff = diffCrashes(shownOf(older), shownOf(newer), new SecretFilter());
  const [left, right] = [older.crash, newer.crash];
  return {
    left,
    right,
    facts: [...mainFacts(left, right), ...otherFacts(diff)],
    lines: compareLines(messagesOf(left), messagesOf(right)),
    areSettingsKnown: diff.areSettingsKnown,
    removed: diff.removed,
  };
}

function shownOf({ crash, run, lastGood }: Capsule): Parameters<typeof diffCrashes>[0] {
  return { crash, run, lastGoodRun: lastGood };
}

function messagesOf(crash: Crash): readonly string[] {
  return crash.lastLines.map(({ message }) => withoutTimes(message));
}

/** Facts that every crash has; their order is that of the screen of one crash. */
const MAIN: readonly (readonly [label: string, text: (crash: Crash) => string])[] = [
  ['at', ({ at }) => formatDateTime(at)],
  ['cause', causeText],
  ['uptime', ({ uptimeMs }) => valueText('uptimeMs', uptimeMs)],
  ['restart', ({ restart }) => String(restart)],
  ['peak memory', ({ peakMemoryBytes }) => valueText('peakMemoryBytes', peakMemoryBytes)],
  ['cpu time', ({ cpuMs }) => valueText('cpuMs', cpuMs)],
  [
    'verdict',
    ({ verdict, delayMs }) =>
      `${verdict}${delayMs === null ? '' : ` after ${valueText('delayMs', delayMs)}`}`,
  ],
  ['version', ({ version }) => version],
  ['digest', ({ digest }) => valueText('digest', digest)],
];
/** Keys of the comparison that the facts above tell. */
const TOLD: ReadonlySet<string> = new Set([
  'cause',
  'exitCode',
  'signal',
  'coreDumped',
  'uptimeMs',
  'restart',
  'peakMemoryBytes',
  'cpuMs',
  'verdict',
  'version',
  'digest',
]);

function mainFacts(left: Crash, right: Crash): readonly ComparedFact[] {
  return MAIN.map(([label, text]) => fact(label, text(left), text(right)));
}

function fact(label: string, left: string, right: string): ComparedFact {
  // At another time it was in any case.
  return { label, left, right, isSame: label === 'at' || left === right };
}

/** Settings, environment, detail: only those that differ are known. */
function otherFacts({ changed }: CrashDiff): readonly ComparedFact[] {
  return changed
    .filter(({ key }) => !TOLD.has(key))
    .map(({ key, before, after }) => ({
      label: key,
      left: valueText(key, before),
      right: valueText(key, after),
      isSame: false,
    }));
}
