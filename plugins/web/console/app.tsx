/** Who may see what: the sign-in page, or the frame with the pages. */

import { useEffect, useSyncExternalStore } from 'react';
import { SWRConfig } from 'swr';
import { useLocation, useSearch } from 'wouter';
import type { SessionAnswer } from './api/answer-types.ts';
import { FirstLook } from './frame/first-look.tsx';
import { Frame } from './frame/frame.tsx';
import { Routes } from './frame/routes.tsx';
import { LiveProvider } from './live/live.tsx';
import { SignInAgain, SignInPage } from './pages/sign-in/sign-in-page.tsx';
import { SIGN_IN, signInPath, wantedPath } from './pages/sign-in/wanted-path.ts';
import { ErrorCard } from './parts/error-card.tsx';
import { ToastProvider } from './parts/toasts.tsx';
import { readSession } from './session/read-session.ts';
import { SessionProvider } from './session/session.tsx';
import { sessionState, watchSession, whenOtherSignsIn } from './session/session-state.ts';
import { useFirstSession } from './session/use-first-session.ts';
import { useRevival } from './session/use-revival.ts';

/** Answers of one user are not another's. */
const FRESH = { provider: () => new Map() };

export function App() {
  const state = useSyncExternalStore(watchSession, sessionState);
  const first = useFirstSession();
  useEffect(() => whenOtherSignsIn(() => void readSession()), []);
  if (state.kind === 'unknown') {
    if (first.problem === undefined) return <FirstLook />;
    return (
      <main className="alone">
        <ErrorCard problem={first.problem} title="toru cannot be reached" onRetry={first.retry} />
      </main>
    );
  }
  if (state.kind === 'out') return <SignedOut note={state.note} />;
  return (
    <>
      {/* Whoever signs in again as the same user goes on where he was; for others it begins anew. */}
      <SignedIn key={state.session.user.name} answer={state.session} />
      {state.kind === 'expired' ? <SignInAgain note={state.note} name={state.session.user.name} /> : null}
    </>
  );
}

function SignedOut({ note }: { readonly note: string | undefined }) {
  const [path, navigate] = useLocation();
  const search = useSearch();
  useEffect(() => {
    if (path !== SIGN_IN) navigate(signInPath(path, search), { replace: true });
  }, [path, search, navigate]);
  return <SignInPage note={note} />;
}

function SignedIn({ answer }: { readonly answer: SessionAnswer }) {
  const [path, navigate] = useLocation();
  const search = useSearch();
  const isAtSignIn = path === SIGN_IN;
  useEffect(() => {
    if (isAtSignIn) navigate(wantedPath(search), { replace: true });
  }, [isAtSignIn, search, navigate]);
  if (isAtSignIn) return null;
  return (
    <SWRConfig value={FRESH}>
      <SessionProvider answer={answer}>
        <ToastProvider>
          <LiveProvider>
            <Frame>
              <Revival />
              <Routes />
            </Frame>
          </LiveProvider>
        </ToastProvider>
      </SessionProvider>
    </SWRConfig>
  );
}

function Revival() {
  useRevival();
  return null;
}
