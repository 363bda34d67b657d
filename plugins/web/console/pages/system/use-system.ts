/** Figures of the machine, asked for again and again while somebody looks. */

import { useEffect, useRef, useState } from 'react';
import type { SystemReadResult } from '../../../../../src/protocol/control/system.ts';
import type { Problem } from '../../api/answer-types.ts';
import { request } from '../../api/request.ts';
import { appended, NO_SERIES, type Series, seriesOf } from './series.ts';

/** Between an answer and the next question, in milliseconds; longer after a failure. */
const PACE_MS = 2_000;
const RETRY_MS = 5_000;
/** Samples of the past that are asked for: as many as a plot has room for. */
const POINTS = 720;
/** After a longer pause the past is asked for again. */
const MAX_PAUSE_MS = 15_000;

export type SystemAnswer = SystemReadResult['system'] & Omit<SystemReadResult, 'system'>;

export interface SystemState {
  readonly answer: SystemAnswer | undefined;
  readonly series: Series;
  /** Of the last question; what is shown may be old then. */
  readonly problem: Problem | undefined;
}

export function useSystem(): SystemState {
  const [state, setState] = useState<SystemState>({
    answer: undefined,
    series: NO_SERIES,
    problem: undefined,
  });
  const lastAt = useRef(0);
  useEffect(() => {
    let isWanted = true;
    let isAsking = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      if (isAsking || document.visibilityState === 'hidden') return;
      isAsking = true;
      const wantsPast = Date.now() - lastAt.current > MAX_PAUSE_MS;
      const past = wantsPast ? `history=1h&points=${POINTS}&` : '';
      const answer = await request<SystemAnswer>('GET', `/system?${past}processes=true`);
      isAsking = false;
      if (!isWanted) return;
      if (answer.ok) lastAt.current = Date.now();
      setState((before) =>
        next(before, answer.ok ? answer.value : undefined, answer.ok ? undefined : answer.failure),
      );
      timer = setTimeout(() => void ask(), answer.ok ? PACE_MS : RETRY_MS);
    };
    const onSight = (): void => {
      clearTimeout(timer);
      void ask();
    };
    void ask();
    document.addEventListener('visibilitychange', onSight);
    return () => {
      isWanted = false;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onSight);
    };
  }, []);
  return state;
}

function next(
  before: SystemState,
  answer: SystemAnswer | undefined,
  problem: Problem | undefined,
): SystemState {
  if (answer === undefined) return { ...before, problem };
  const known = answer.history === undefined ? before.series : seriesOf(answer.history);
  return { answer, series: appended(known, answer), problem: undefined };
}
