/** Who is signed in, for components below the sign-in form. */

import { createContext, type ReactNode, useContext, useMemo } from 'react';
import type { Problem, Role, SessionAnswer } from '../api/answer-types.ts';
import { request } from '../api/request.ts';
import { setSignedOut } from './session-state.ts';

export interface Session {
  readonly user: { readonly name: string; readonly role: Role };
  /** May also start, stop, enable, disable and run. */
  readonly mayOperate: boolean;
  /** May also change stores, settings and users. */
  readonly mayAdmin: boolean;
  /** Answers why that could not be done: whoever leaves must not believe that he is out when he is not. */
  signOut(): Promise<Problem | undefined>;
}

const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('nobody is signed in here');
  return session;
}

export function SessionProvider({ answer, children }: { answer: SessionAnswer; children: ReactNode }) {
  const { name, role } = answer.user;
  const session = useMemo<Session>(
    () => ({
      user: { name, role },
      mayOperate: role !== 'view',
      mayAdmin: role === 'admin',
      signOut,
    }),
    [name, role],
  );
  return <SessionContext value={session}>{children}</SessionContext>;
}

async function signOut(): Promise<Problem | undefined> {
  const answer = await request('POST', '/logout');
  if (!answer.ok && answer.failure.status !== 401) return answer.failure;
  setSignedOut(true);
  return undefined;
}
