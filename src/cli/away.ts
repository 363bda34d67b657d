/** Waiting for a torud that is away: it was stopped, has died, or is being upgraded. */

import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { ControlClient } from './control-client.ts';
import { writeNote } from './output/sink.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 2_000;
/** How often it is looked why nobody answers. */
const LOOK_CLOSER_MS = 3_000;

/**
 * Tries until a torud answers on the socket, and gives the connection: a failed one when it speaks another protocol.
 * @param isUpgrade torud has said that another version follows: it is away only if that does not answer
 */
export async function awaitDaemon(
  socketPath: string,
  isQuiet: boolean,
  isUpgrade: boolean,
): Promise<ControlClient> {
  if (isUpgrade) {
    const successor = await attempt(socketPath);
    if ((await successor.welcome()).ok) return successor;
  }
  if (!isQuiet) await writeNote('toru: torud is away; waiting\n');
  for (;;) {
    const client = await awaitAnswer(socketPath, LOOK_CLOSER_MS);
    const welcome = await client.welcome();
    // One that speaks another protocol is back as well, and no waiting makes it speak ours.
    if (!welcome.ok && welcome.failure.code !== 'protocol_mismatch') continue;
    if (!isQuiet) await writeNote('toru: torud is back\n');
    return client;
  }
}

/**
 * The same in silence, and not for ever: a connection that failed when the time has passed. The socket's appearance in its folder wakes it at
 * once; a growing delay covers what no watch sees (the folder itself made anew, a socket that is there before it listens).
 */
export async function awaitAnswer(socketPath: string, limitMs: number): Promise<ControlClient> {
  const deadline = performance.now() + limitMs;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    const client = await attempt(socketPath);
    if ((await client.welcome()).ok || performance.now() >= deadline) return client;
    await appearance(socketPath, delayMs);
  }
}

/** A connection that was welcomed, or has failed. */
async function attempt(socketPath: string): Promise<ControlClient> {
  const client = new ControlClient(socketPath);
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
