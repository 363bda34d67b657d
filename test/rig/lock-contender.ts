/** Forked by tests: tries to become the one instance of a root, says how it went, and holds on until it is told to go. */

import { acquireInstance } from '../../src/daemon/control/instance-lock.ts';

const [, , controlSocket, lockFile] = process.argv;
if (controlSocket === undefined || lockFile === undefined) throw new Error('usage: SOCKET LOCK');

process.once('message', async () => {
  const taken = await acquireInstance({ controlSocket, lockFile });
  process.send?.(taken.ok ? { isOwner: true } : { isOwner: false, ...taken.failure });
  if (taken.ok) {
    process.once('message', () => {
      taken.value.release();
      process.disconnect();
    });
  } else process.disconnect();
});
process.send?.('ready');
