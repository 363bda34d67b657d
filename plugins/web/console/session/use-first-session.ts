/** Asks once whether somebody is signed in. */

import { useCallback, useEffect, useState } from 'react';
import type { Problem } from '../api/answer-types.ts';
import { readSession } from './read-session.ts';

export function useFirstSession(): { readonly problem: Problem | undefined; retry(): void } {
  const [problem, setProblem] = useState<Problem>();
  const retry = useCallback(() => {
    setProblem(undefined);
    void readSession().then(setProblem);
  }, []);
  useEffect(retry, [retry]);
  return { problem, retry };
}
