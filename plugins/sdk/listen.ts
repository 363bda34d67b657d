/** Where peers come from: a Unix socket, or the process's own stdin and stdout. */

import { createServer } from 'node:net';
import { messageOf } from '../../src/protocol/result.ts';
import { Connection, type ConnectionEvents } from './connection.ts';

export interface Listener {
  /** Takes no more peers and removes the socket's file. */
  close(): void;
}

export interface ListenEvents extends ConnectionEvents {
  /** The socket cannot be listened on, or not any longer. */
  onFailed(reason: string): void;
}

/** Accepts any number of peers on a Unix socket. */
export function listen(socketPath: string, events: ListenEvents): Listener {
  // allowHalfOpen: a peer that has said its last still gets its answers.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    new Connection(socket, socket, events, { isLasting: false });
  });
  server.on('error', (thrown) => events.onFailed(`${socketPath}: ${messageOf(thrown)}`));
  server.listen(socketPath);
  return { close: () => void server.close() };
}

/** The one peer of a plugin with transport `stdio`. From now on console.log goes to stderr: stdout is the wire. */
export function listenOnStdio(events: ConnectionEvents): Listener {
  console.log = console.error;
  console.info = console.error;
  console.debug = console.error;
  new Connection(process.stdin, process.stdout, events, { isLasting: true });
  return { close: () => void process.stdin.pause() };
}
