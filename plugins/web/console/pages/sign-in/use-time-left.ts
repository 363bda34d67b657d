/** Seconds until another try is taken, counted down; 0: now. */

import { useEffect, useState } from 'react';
import type { Problem } from '../../api/answer-types.ts';

export function useTimeLeft(problem: Problem | undefined): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const waitSeconds = problem?.status === 429 ? (problem.retryAfterSeconds ?? 0) : 0;
    const untilMs = performance.now() + waitSeconds * 1000;
    setSeconds(waitSeconds);
    if (waitSeconds === 0) return undefined;
    const timer = setInterval(() => {
      const left = Math.max(0, Math.ceil((untilMs - performance.now()) / 1000));
      setSeconds(left);
      if (left === 0) clearInterval(timer);
    }, 1000);
    return () => clearInterval(timer);
  }, [problem]);
  return seconds;
}
