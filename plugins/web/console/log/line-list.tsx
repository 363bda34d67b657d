/** A few lines of a log, all of them drawn. */

import { useState } from 'react';
import { LineDialog } from './line-dialog.tsx';
import { LogLineRow } from './log-line-row.tsx';
import type { LogEntry } from './log-rows.ts';
import './log.css';

export interface LineListProps {
  readonly label: string;
  readonly entries: readonly LogEntry[];
}

export function LineList({ label, entries }: LineListProps) {
  const nowMs = Date.now();
  const [opened, setOpened] = useState<LogEntry>();
  return (
    <section
      className="log-region log-list"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
      tabIndex={0}
    >
      {entries.map((entry, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a crash never change
        <LogLineRow key={index} entry={entry} nowMs={nowMs} onOpen={setOpened} />
      ))}
      {opened === undefined ? null : <LineDialog entry={opened} onClose={() => setOpened(undefined)} />}
    </section>
  );
}
