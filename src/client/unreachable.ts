/** What to say when the control socket gives no connection. */

import type { ErrorBody } from '../protocol/errors.ts';
import { errorBody } from '../protocol/errors.ts';
import { MAX_SOCKET_PATH_BYTES } from '../protocol/paths.ts';
import { errnoOf, messageOf } from '../protocol/result.ts';

const START_HINT = 'start torud, or name another root with --root';

/** The error for a failed connection attempt (connect(2), unix(7)). */
export function connectionError(thrown: unknown, socketPath: string): ErrorBody {
  switch (errnoOf(thrown)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return errorBody('unreachable', `torud is not running (no socket ${socketPath})`, { hint: START_HINT });
    case 'ECONNREFUSED':
      return errorBody(
        'unreachable',
        `torud is not running (nobody listens on ${socketPath}, it is a leftover)`,
        {
          hint: START_HINT,
        },
      );
    case 'EACCES':
    case 'EPERM':
      return errorBody('denied', `not permitted to use ${socketPath}`, {
        hint: 'be root, or a member of the group of the socket',
      });
    case 'EAGAIN':
      return errorBody('unreachable', `torud takes no connection on ${socketPath} now`, {
        hint: 'too many wait already; try again',
      });
    default:
      return errorBody('unreachable', `no connection to ${socketPath}: ${messageOf(thrown)}`);
  }
}

/** The error for a connection that ended before its time. */
export function lostConnection(socketPath: string): ErrorBody {
  return errorBody('unreachable', `torud closed the connection on ${socketPath}`, {
    hint: 'it was stopped, or has died; see "toru daemon status"',
  });
}

/** Why a path cannot be a socket's, or undefined: the kernel would cut it silently or say EINVAL. */
export function socketPathFault(socketPath: string): ErrorBody | undefined {
  const bytes = Buffer.byteLength(socketPath);
  if (bytes <= MAX_SOCKET_PATH_BYTES) return undefined;
  const message = `the socket path ${socketPath} has ${bytes} bytes, more than the kernel's ${MAX_SOCKET_PATH_BYTES}`;
  return errorBody('unreachable', message, { hint: 'use a shorter root' });
}
