/** Waiting for a torud that is away: it was stopped, has died, or is being upgraded. Says so. */

import { attempt, awaitAnswer } from '../client/await-answer.ts';
import { ControlClient } from '../client/control-client.ts';
import { writeNote } from './output/sink.ts';

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
  const connect = () => new ControlClient(socketPath);
  if (isUpgrade) {
    const successor = await attempt(connect);
    if ((await successor.welcome()).ok) return successor;
  }
  if (!isQuiet) await writeNote('toru: torud is away; waiting\n');
  for (;;) {
    const client = await awaitAnswer(connect, socketPath, LOOK_CLOSER_MS);
    const welcome = await client.welcome();
    // One that speaks another protocol is back as well, and no waiting makes it speak ours.
    if (!welcome.ok && welcome.failure.code !== 'protocol_mismatch') continue;
    if (!isQuiet) await writeNote('toru: torud is back\n');
    return client;
  }
}
