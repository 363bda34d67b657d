/** Tells of the death of a shim that is not our child: by the end of a connection on which nobody speaks. */

import { closeSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, dirname } from 'node:path';

/**
 * Calls `onEnded` once when the connection ends or cannot be made (a shim of an older version has no such socket): who
 * is told looks for itself whether the shim is dead. Returns the function that ends the watch.
 * @param aliveFile socket beside the events file
 */
export function watchShimDeath(aliveFile: string, onEnded: () => void): () => void {
  // Through /proc, because the path itself may be longer than a socket's may be.
  const folder = openSync(dirname(aliveFile), 'r');
  const socket = connect(`/proc/self/fd/${folder}/${basename(aliveFile)}`);
  let isWatching = true;
  let isConnected = false;
  socket.once('connect', () => {
    isConnected = true;
    closeSync(folder);
  });
  // Always followed by `close`, which says all that matters here.
  socket.once('error', () => undefined);
  socket.once('close', () => {
    if (!isConnected) closeSync(folder);
    if (isWatching) onEnded();
  });
  return () => {
    isWatching = false;
    socket.destroy();
  };
}
