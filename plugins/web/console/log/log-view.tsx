/** The rows of a log, of which only those in sight are drawn. Who scrolls up holds it; who comes to the end lets it go on. */

import { useEffect, useId, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { LogBuffer } from './log-buffer.ts';
import { LogLineRow } from './log-line-row.tsx';
import type { LogEntry, LogRow } from './log-rows.ts';
import { skippedText } from './log-text.ts';
import './log.css';

/** As `--log-row` in log.css, in pixels. */
const ROW_PX = 20;
/** Rows drawn beyond those in sight, so that scrolling shows no emptiness. */
const SPARE_ROWS = 20;
export interface LogViewProps {
  readonly buffer: LogBuffer;
  /** Of the region, for who cannot see it. */
  readonly label: string;
  /** Lines of several plugins: each with its id. */
  readonly hasPlugin?: boolean;
  /** Opens one line whole. */
  readonly onOpen: (entry: LogEntry) => void;
}

export function LogView({ buffer, label, hasPlugin = false, onOpen }: LogViewProps) {
  const { rows, isHeld, waiting } = useSyncExternalStore(buffer.watch, buffer.picture);
  const region = useRef<HTMLDivElement>(null);
  const helpId = useId();
  const [topPx, setTopPx] = useState(0);
  const [heightPx, setHeightPx] = useState(0);

  useEffect(() => {
    const element = region.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setHeightPx(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new rows and another height move the end
  useLayoutEffect(() => {
    const element = region.current;
    if (element !== null && !isHeld) element.scrollTop = element.scrollHeight;
  }, [rows, isHeld, heightPx]);

  const first = Math.max(0, Math.floor(topPx / ROW_PX) - SPARE_ROWS);
  const last = Math.min(rows.length, Math.ceil((topPx + heightPx) / ROW_PX) + SPARE_ROWS);
  const nowMs = Date.now();
  return (
    <div className="log">
      <div
        ref={region}
        className="log-region"
        role="log"
        aria-live="off"
        aria-label={label}
        aria-describedby={helpId}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
        tabIndex={0}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          setTopPx(scrollTop);
          if (scrollHeight - scrollTop - clientHeight < ROW_PX) buffer.release();
          else buffer.hold();
        }}
      >
        <div className="log-spacer" style={{ height: first * ROW_PX }} />
        {rows.slice(first, last).map((row) => (
          <Row key={row.key} row={row} hasPlugin={hasPlugin} nowMs={nowMs} onOpen={onOpen} />
        ))}
        <div className="log-spacer" style={{ height: (rows.length - last) * ROW_PX }} />
      </div>
      <p id={helpId} className="visually-hidden">
        Scrolling up holds it. End goes to the newest line.
      </p>
      {isHeld && (
        <button type="button" className="log-waiting" onClick={() => buffer.release()}>
          {waiting === 0 ? 'Held: go to the newest' : `${waiting} new ${waiting === 1 ? 'line' : 'lines'}`} ↓
        </button>
      )}
    </div>
  );
}

interface RowProps {
  readonly row: LogRow;
  readonly hasPlugin: boolean;
  readonly nowMs: number;
  readonly onOpen: (entry: LogEntry) => void;
}

function Row({ row, hasPlugin, nowMs, onOpen }: RowProps) {
  switch (row.kind) {
    case 'run':
      return (
        <div className="log-row log-separator">
          run {row.run}
          {hasPlugin && ` of ${row.plugin}`}
        </div>
      );
    case 'skipped':
      return <div className="log-row log-separator">{skippedText(row.lines)}</div>;
    case 'line':
      return <LogLineRow entry={row.entry} hasPlugin={hasPlugin} nowMs={nowMs} onOpen={onOpen} />;
    default:
      return row satisfies never;
  }
}
