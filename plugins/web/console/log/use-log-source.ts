/** Feeds a buffer with a log: all of it over the live connection, a filtered one by server-sent events. */

import { useEffect, useState } from 'react';
import { useFollow } from '../live/live.tsx';
import type { ServerMessage } from '../live/messages.ts';
import { readEvents } from './event-stream.ts';
import type { LogBuffer } from './log-buffer.ts';
import { followPath, HISTORY_LINES, isEverything, type LogFilter, type LogTarget } from './log-filter.ts';
import { type LogEntry, readEntry } from './log-rows.ts';

export type SourceState =
  | { readonly kind: 'loading' }
  /** What was is there; what comes is shown as it comes. */
  | { readonly kind: 'live' }
  /** Not reached now; it goes on by itself where it was. */
  | { readonly kind: 'away' }
  | { readonly kind: 'refused'; readonly detail: string; readonly hint: string | undefined };

const LOADING: SourceState = { kind: 'loading' };

export function useLogSource(target: LogTarget, filter: LogFilter, buffer: LogBuffer): SourceState {
  const [state, setState] = useState<SourceState>(LOADING);
  const named = typeof target === 'string' ? { plugin: target } : { plugins: target };
  const key = String(target);
  const path = isEverything(filter) ? undefined : followPath(target, filter);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the log of another plugin begins anew as well
  useEffect(() => {
    buffer.clear();
    setState(LOADING);
    if (path === undefined) return;
    const ended = new AbortController();
    void readEvents(
      path,
      {
        onOpen: () => setState({ kind: 'live' }),
        onData: (data) => {
          // What was on its way when another filter was set is none of its lines.
          if (!ended.signal.aborted) buffer.add(data.flatMap((json) => entriesOf([JSON.parse(json)])));
        },
        onAway: () => setState({ kind: 'away' }),
        onRefused: ({ detail, hint }) => setState({ kind: 'refused', detail, hint }),
      },
      ended.signal,
    );
    return () => ended.abort();
  }, [buffer, path, key]);
  useFollow(path === undefined ? { topic: 'logs', ...named, lines: HISTORY_LINES } : null, (message) => {
    if (message.type === 'lines') buffer.add(entriesOf(message.lines ?? []));
    else setState((before) => stateAfter(before, message));
  });
  return state;
}

function entriesOf(lines: readonly unknown[]): readonly LogEntry[] {
  return lines.flatMap((line) => readEntry(line) ?? []);
}

function stateAfter(before: SourceState, message: ServerMessage): SourceState {
  if (message.type === 'live') return { kind: 'live' };
  if (message.type !== 'error') return before;
  return { kind: 'refused', detail: message.message ?? 'it cannot be followed', hint: message.hint };
}
