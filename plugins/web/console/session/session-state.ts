/** Who is signed in, beside React: requests and the live connection need it as well. */

import type { SessionAnswer } from '../api/answer-types.ts';

export type SessionState =
  /** Nobody has asked yet. */
  | { readonly kind: 'unknown' }
  /** `note`: why, where the user did not do it here. */
  | { readonly kind: 'out'; readonly note?: string }
  | { readonly kind: 'in'; readonly session: SessionAnswer }
  /** Signed in a moment ago: the page stays as it is, behind the sign-in form. */
  | { readonly kind: 'expired'; readonly session: SessionAnswer; readonly note: string };

const EXPIRED = 'Your session has ended. Sign in again to go on where you were.';
const ELSEWHERE = 'You signed out in another tab.';

/** Among the tabs of one browser. */
const CHANNEL = 'toru-session';

let state: SessionState = { kind: 'unknown' };
const readers = new Set<() => void>();
const tabs = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(CHANNEL);
/** Another tab has signed in, so that the cookie is another one. */
let onOtherSignIn: () => void = () => undefined;

tabs?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (data === 'out' && state.kind !== 'out') set({ kind: 'out', note: ELSEWHERE });
  if (data === 'in') onOtherSignIn();
});

export function sessionState(): SessionState {
  return state;
}

/** Answers what ends it. */
export function watchSession(reader: () => void): () => void {
  readers.add(reader);
  return () => void readers.delete(reader);
}

export function whenOtherSignsIn(handler: () => void): void {
  onOtherSignIn = handler;
}

/** @param isNew by the form here: the other tabs learn of it */
export function setSignedIn(session: SessionAnswer, isNew = false): void {
  set({ kind: 'in', session });
  if (isNew) tabs?.postMessage('in');
}

/** @param isOwnWish by the button here: the other tabs learn of it */
export function setSignedOut(isOwnWish = false): void {
  set({ kind: 'out' });
  if (isOwnWish) tabs?.postMessage('out');
}

/** A request or the live connection was told that nobody is signed in. */
export function setExpired(): void {
  if (state.kind === 'in') set({ kind: 'expired', session: state.session, note: EXPIRED });
  else if (state.kind === 'unknown') set({ kind: 'out' });
}

function set(next: SessionState): void {
  state = next;
  for (const reader of [...readers]) reader();
}
