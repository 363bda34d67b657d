/** One crash with its capsule, as `toru crashes show` prints it (SCREENS.md). */

import type { Crash, StoredRun } from '../protocol/control/crashes.ts';
import { crashFacts } from './crash-facts.ts';
import { logText } from './log-text.ts';

/**
 * Not yet sanitised. Settings whose names look secret are shown without their values.
 * @param columns width of the rules
 * @param lastGood the last good run before it, where it is still kept
 */
export function crashBlock(crash: Crash, columns: number, lastGood: StoredRun | null = null): string {
  const facts = crashFacts(crash, lastGood);
  const width = Math.max(...facts.map(([label]) => label.length));
  const nowMs = Date.parse(crash.at);
  const lines = crash.lastLines.map(({ time, stream, message }) =>
    logText(JSON.stringify({ timestamp: time, stream, message }), { hasColour: false, idWidth: 0, nowMs }),
  );
  const head = `── last lines `;
  return [
    `${crash.plugin} › crash #${crash.id}`,
    ...facts.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`),
    `${head}${'─'.repeat(Math.max(3, Math.min(columns, 100) - head.length))}`,
    ...(lines.length === 0 ? ['(it wrote none)'] : lines),
  ].join('\n');
}
