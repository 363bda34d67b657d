/** The live connection for components: one for the whole console, as long as somebody is signed in. */

import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { readSession } from '../session/read-session.ts';
import { sessionState, watchSession } from '../session/session-state.ts';
import { type Live, LiveStore } from './live-store.ts';
import type { ClientMessage, Follow, ServerMessage } from './messages.ts';
import { LiveSocket } from './socket.ts';

export type { Live, LivePlugin } from './live-store.ts';

interface Connection {
  readonly socket: LiveSocket;
  readonly store: LiveStore;
}

const LiveContext = createContext<Connection | undefined>(undefined);

export function LiveProvider({ children }: { children: ReactNode }) {
  const [connection] = useState(makeConnection);
  // While nobody is signed in, there is nobody to connect for; what is followed is kept for when somebody is again.
  const isSignedIn = useSyncExternalStore(watchSession, () => sessionState().kind === 'in');
  useEffect(() => {
    const { socket, store } = connection;
    const leave = (['plugins', 'usage'] as const).map((topic) =>
      socket.follow({ topic }, (message) => store.apply(message)),
    );
    return () => {
      for (const end of leave) end();
      store.close();
    };
  }, [connection]);
  useEffect(() => {
    if (!isSignedIn) return undefined;
    connection.socket.open();
    return () => connection.socket.close();
  }, [connection, isSignedIn]);
  return <LiveContext value={connection}>{children}</LiveContext>;
}

/** All plugins as they are now, sorted by id. */
export function useLive(): Live {
  const { store } = useConnection();
  return useSyncExternalStore(store.watch, store.current);
}

/** Who does not answer now; the component is drawn again when that is another one alone. */
export function useMissing(): Live['missing'] {
  const { store } = useConnection();
  return useSyncExternalStore(store.watch, () => store.current().missing);
}

/**
 * Follows something as long as the component is there, over lost connections as well: then it goes on behind the last cursor,
 * and topics without one begin with a snapshot again.
 * @param follow null: nothing; another one by its content ends the one before
 */
export function useFollow(follow: Follow | null, onMessage: (message: ServerMessage) => void): void {
  const { socket } = useConnection();
  const handler = useRef(onMessage);
  useEffect(() => {
    handler.current = onMessage;
  });
  const key = JSON.stringify(follow);
  useEffect(() => {
    const wanted = JSON.parse(key) as Follow | null;
    return wanted === null ? undefined : socket.follow(wanted, (message) => handler.current(message));
  }, [socket, key]);
}

export interface Socket {
  /** False: there is no connection now, and it was not sent. */
  send(message: ClientMessage): boolean;
  /** Messages that belong to no subscription. Answers what ends it. */
  onMessage(handler: (message: ServerMessage) => void): () => void;
}

/** The same object in each render. */
export function useSocket(): Socket {
  const { socket } = useConnection();
  return useMemo(
    () => ({
      send: (message) => socket.send(message),
      onMessage: (handler) => socket.onMessage(handler),
    }),
    [socket],
  );
}

function useConnection(): Connection {
  const connection = useContext(LiveContext);
  if (connection === undefined) throw new Error('there is no live connection here');
  return connection;
}

function makeConnection(): Connection {
  const store = new LiveStore();
  const { protocol, host } = location;
  const socket = new LiveSocket(
    `${protocol === 'https:' ? 'wss:' : 'ws:'}//${host}/api/ws`,
    (link) => store.setLink(link),
    // Signed out, or of another role now.
    () => void readSession(),
  );
  return { socket, store };
}
