/** Waits until a Unix socket accepts connections, told by the folder it will appear in. */

import { watch } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { errnoOf } from '../../src/protocol/result.ts';

/** The file appears at bind(2), connections are taken from listen(2) on: a refusal is tried again after this. */
const BETWEEN_BIND_AND_LISTEN_MS = 5;

/** Resolves once a connection was accepted. Rejects when the signal aborts. The socket's folder must exist. */
export async function awaitSocket(path: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let retry: NodeJS.Timeout | undefined;
  const attempt = (): void => {
    clearTimeout(retry);
    const socket = connect(path, () => resolve());
    socket.on('connect', () => socket.destroy());
    socket.on('error', (thrown) => {
      const code = errnoOf(thrown);
      if (code === 'ECONNREFUSED') retry = setTimeout(attempt, BETWEEN_BIND_AND_LISTEN_MS);
      else if (code !== 'ENOENT') reject(thrown);
    });
  };
  const watcher = watch(dirname(path), attempt);
  const onAbort = (): void => reject(new Error(`nobody listens on ${path}`));
  signal.addEventListener('abort', onAbort);
  try {
    attempt();
    await promise;
  } finally {
    clearTimeout(retry);
    watcher.close();
    signal.removeEventListener('abort', onAbort);
  }
}
