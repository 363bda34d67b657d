/** A log with what one does with it: search, follow, copy, keep. */

import { type ReactNode, useState, useSyncExternalStore } from 'react';
import { ErrorCard } from '../parts/error-card.tsx';
import { LineDialog } from './line-dialog.tsx';
import { LogBuffer, MAX_ROWS } from './log-buffer.ts';
import { EVERYTHING, hasPlugin, isEverything, type LogFilter, type LogTarget, nameOf } from './log-filter.ts';
import { LogFilters } from './log-filters.tsx';
import { LogKeep } from './log-keep.tsx';
import type { LogEntry } from './log-rows.ts';
import { LogView } from './log-view.tsx';
import { type SourceState, useLogSource } from './use-log-source.ts';

export interface LogPanelProps {
  readonly target: LogTarget;
  /** Before the other tools: which plugin it is, for one. */
  readonly tools?: ReactNode;
}

export function LogPanel({ target, tools }: LogPanelProps) {
  const [buffer] = useState(() => new LogBuffer());
  const [filter, setFilter] = useState(EVERYTHING);
  const [opened, setOpened] = useState<LogEntry>();
  const source = useLogSource(target, filter, buffer);
  return (
    <div className="log-panel">
      <div className="tab-tools">
        {tools}
        <LogFilters filter={filter} onChange={setFilter} />
        <LogKeep buffer={buffer} target={target} />
      </div>
      {source.kind === 'refused' ? (
        <ErrorCard
          title={isEverything(filter) ? 'The log cannot be shown' : 'The log cannot be searched so'}
          problem={{ detail: source.detail, ...(source.hint === undefined ? {} : { hint: source.hint }) }}
        />
      ) : (
        <>
          <LogView
            buffer={buffer}
            label={`Log of ${nameOf(target)}`}
            hasPlugin={hasPlugin(target)}
            onOpen={setOpened}
          />
          <Footer buffer={buffer} source={source} filter={filter} />
        </>
      )}
      {opened !== undefined && <LineDialog entry={opened} onClose={() => setOpened(undefined)} />}
    </div>
  );
}

interface FooterProps {
  readonly buffer: LogBuffer;
  readonly source: SourceState;
  readonly filter: LogFilter;
}

function Footer({ buffer, source, filter }: FooterProps) {
  const { rows, isHeld } = useSyncExternalStore(buffer.watch, buffer.picture);
  const count =
    rows.length === MAX_ROWS
      ? `the last ${MAX_ROWS.toLocaleString('en')} rows`
      : `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`;
  return (
    <p className="log-foot">
      <span>{stateText(source, isHeld)}</span>
      <span>{rows.length === 0 ? emptyText(source, filter) : count}</span>
    </p>
  );
}

function stateText(source: SourceState, isHeld: boolean): string {
  if (source.kind === 'loading') return 'loading…';
  if (source.kind === 'away') return 'not reached now; it goes on by itself';
  return isHeld ? 'held' : 'following';
}

function emptyText(source: SourceState, filter: LogFilter): string {
  if (source.kind !== 'live') return '';
  return isEverything(filter) ? 'it has written nothing yet' : 'nothing like that yet';
}
