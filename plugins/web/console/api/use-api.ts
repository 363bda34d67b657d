/** An answer of the API for a component: asked for once for all who show it, and again when one comes back to the page. */

import { useCallback } from 'react';
import useSWR from 'swr';
import type { Problem } from './answer-types.ts';
import { request } from './request.ts';

export interface ApiAnswer<Value> {
  /** The last one that came, also while a newer one is under way or has failed. */
  readonly data: Value | undefined;
  readonly problem: Problem | undefined;
  readonly isLoading: boolean;
  /** Asks again; settles when the answer is there. */
  reload(): Promise<void>;
}

/** @param path below /api, with a slash; null: nothing is asked for */
export function useApi<Value>(path: string | null): ApiAnswer<Value> {
  const { data, error, isLoading, mutate } = useSWR<Value, Problem>(path, ask, {
    shouldRetryOnError: false,
    revalidateOnFocus: false,
  });
  const reload = useCallback(async () => void (await mutate()), [mutate]);
  return { data, problem: error, isLoading, reload };
}

/** SWR knows failures as exceptions alone. */
async function ask<Value>(path: string): Promise<Value> {
  const answer = await request<Value>('GET', path);
  if (!answer.ok) throw answer.failure;
  return answer.value;
}
