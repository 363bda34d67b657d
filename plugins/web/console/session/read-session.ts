/** Who is signed in, asked of the server. */

import type { Problem, SessionAnswer } from '../api/answer-types.ts';
import { request } from '../api/request.ts';
import { setSignedIn } from './session-state.ts';

/** Answers why that cannot be known; nobody is an answer as well, noted by request.ts. */
export async function readSession(): Promise<Problem | undefined> {
  const answer = await request<SessionAnswer>('GET', '/session');
  if (answer.ok) {
    setSignedIn(answer.value);
    return undefined;
  }
  return answer.failure.status === 401 ? undefined : answer.failure;
}
