/** What could not be had while nobody was signed in is asked for again when somebody is. */

import { useEffect, useRef, useSyncExternalStore } from 'react';
import { useSWRConfig } from 'swr';
import { sessionState, watchSession } from './session-state.ts';

export function useRevival(): void {
  const kind = useSyncExternalStore(watchSession, () => sessionState().kind);
  const before = useRef(kind);
  const { mutate } = useSWRConfig();
  useEffect(() => {
    if (kind === 'in' && before.current === 'expired') void mutate(() => true);
    before.current = kind;
  }, [kind, mutate]);
}
