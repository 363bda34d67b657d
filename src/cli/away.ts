/** Waiting for a torud that is away: it was stopped, has died, or is being upgraded. Says so. */

import { attempt, awaitAnswer } from '../client/await-answer.ts';
import { ControlClient } from '../client/control-client.ts';
import { writeNote } from './output/sink.ts';

/**
 * Tries until a torud answers on the socket, and gives the connection.
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
  const client = await awaitAnswer(connect, socketPath, Number.POSITIVE_INFINITY);
  if (!isQuiet) await writeNote('toru: torud is back\n');
  return client;
}
