/** Waiting in silence for a torud that is away. */

import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ControlClient } from './control-client.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 2_000;

/**
 * Tries until a torud answers on the socket, and gives the connection: one that failed when the time has passed. The socket's appearance in its folder wakes it at
 * once; a growing delay covers what no watch sees (the folder itself made anew, a socket that is there before it listens).
 */
export async function awaitAnswer(
  connect: () => ControlClient,
  socketPath: string,
  limitMs: number,
): Promise<ControlClient> {
  const deadline = performance.now() + limitMs;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    const client = await attempt(connect);
    if ((await client.welcome()).ok || performance.now() >= deadline) return client;
    await appearance(socketPath, delayMs);
  }
}

/** A connection that was welcomed, or has failed. */
export async function attempt(connect: () => ControlClient): Promise<ControlClient> {
  const client = connect();
  const welcome = await client.welcome();
  if (!welcome.ok) client.close();
  return client;
}

/** Settles when the socket appears in its folder, or after the delay. */
function appearance(socketPath: string, delayMs: number): Promise<void> {
  const name = basename(socketPath);
  return new Promise((resolve) => {
    let watcher: FSWatcher | undefined;
    const settle = (): void => {
      clearTimeout(timer);
      watcher?.close();
      resolve();
    };
    const timer = setTimeout(settle, delayMs);
    try {
      watcher = watch(dirname(socketPath), (_change, changed) => {
        if (changed === name) settle();
      });
      watcher.on('error', () => watcher?.close());
    } catch {
      // Without the folder there is nothing to watch; the delay does it.
    }
  });
}
