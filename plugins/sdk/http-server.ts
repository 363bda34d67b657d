/** The plugin's own server for plain HTTP, on the socket that torud named for it. */

import type { Server } from 'node:http';

/** Settles when it listens; rejects when it cannot. A request that is answered keeps nobody from ending. */
export function listenForHttp(server: Server, socketPath: string | undefined): Promise<void> {
  if (!socketPath)
    return Promise.reject(new Error('TORU_HTTP_SOCKET is not set: torud says there where to listen'));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
