/** What could not be asked while torud was away is asked again when it is back. */

import { useEffect, useRef } from 'react';
import { useLive } from './live.tsx';

/** @param work the same function in each render */
export function useWhenBack(work: () => unknown): void {
  const { state } = useLive();
  const wasAway = useRef(false);
  useEffect(() => {
    if (state === 'away') wasAway.current = true;
    if (state !== 'live' || !wasAway.current) return;
    wasAway.current = false;
    work();
  }, [state, work]);
}
