/** What time it is, for texts that grow old: one timer for all of them, which rests while nobody looks. */

import { useSyncExternalStore } from 'react';

const TICK_MS = 1_000;

const readers = new Set<() => void>();
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  if (document.visibilityState === 'hidden') return;
  nowMs = Date.now();
  for (const reader of [...readers]) reader();
}

function watch(reader: () => void): () => void {
  readers.add(reader);
  if (timer === undefined) {
    nowMs = Date.now();
    timer = setInterval(tick, TICK_MS);
    document.addEventListener('visibilitychange', tick);
  }
  return () => {
    readers.delete(reader);
    if (readers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    document.removeEventListener('visibilitychange', tick);
  };
}

/**
 * What `text` makes of the time now. The component is rendered again when that is another one, not with each second.
 * @param text pure
 */
export function useClock(text: (nowMs: number) => string): string {
  return useSyncExternalStore(watch, () => text(nowMs));
}
