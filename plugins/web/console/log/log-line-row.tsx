/** One line of a log as it is shown. */

import { piecesOf } from './ansi.ts';
import type { LogEntry } from './log-rows.ts';
import { clockOf, streamLetter } from './log-text.ts';

/** Characters of a message that are drawn; the rest is for whoever opens the line. */
const MAX_SHOWN = 2_000;

export interface LogLineRowProps {
  readonly entry: LogEntry;
  /** The clock's date is left out on the same day. */
  readonly nowMs: number;
  readonly hasPlugin?: boolean;
  /** Opens a line that is too long to be drawn whole. */
  readonly onOpen?: (entry: LogEntry) => void;
}

export function LogLineRow({ entry, nowMs, hasPlugin = false, onOpen }: LogLineRowProps) {
  const { message, level, stream, plugin } = entry;
  const isLong = message.length > MAX_SHOWN;
  const pieces = piecesOf(isLong ? message.slice(0, MAX_SHOWN) : message);
  const kind = stream === 'shim' ? 'log-gap' : `log-${level ?? 'info'}`;
  return (
    <div className={`log-row ${kind}`}>
      <time className="log-time" dateTime={entry.timestamp} title={entry.timestamp}>
        {clockOf(entry, nowMs)}
      </time>
      {hasPlugin && <span className="log-plugin">{plugin}</span>}
      <span className="log-stream" title={streamTitle(stream)}>
        {streamLetter(entry)}
      </span>
      <span className="log-message">
        {pieces.map(({ text, className }, index) =>
          className === '' ? (
            text
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one message never change
            <span key={index} className={className}>
              {text}
            </span>
          ),
        )}
        {entry.cut === true && <span className="log-cut"> …[cut]</span>}
      </span>
      {isLong && onOpen !== undefined && (
        <button type="button" className="log-whole" onClick={() => onOpen(entry)}>
          whole line ({message.length.toLocaleString('en')})
        </button>
      )}
    </div>
  );
}

function streamTitle(stream: LogEntry['stream']): string {
  if (stream === 'shim') return 'toru itself';
  return stream === 'stderr' ? 'standard error' : 'standard output';
}
