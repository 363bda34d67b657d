/** The listening control socket on its way from one version to the next: clients that connect meanwhile wait in its backlog. */

import { closeSync, lstatSync } from 'node:fs';
import type { ListenerBequest } from './handover.ts';
import type { KernelCalls } from './kernel-calls.ts';

/** `device:inode` of a socket's file; undefined when there is none. */
export function socketInode(path: string): string | undefined {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return found?.isSocket() === true ? `${found.dev}:${found.ino}` : undefined;
}

/**
 * The descriptor to listen on, or undefined when it must be bound anew: it is not a listening socket, or the file in
 * the folder is another one by now. From here on no child inherits it.
 */
export function acceptListener(
  bequest: ListenerBequest,
  socketPath: string,
  calls: KernelCalls | undefined,
): number | undefined {
  if (calls?.isListening(bequest.fd) !== true) {
    // Without kernel calls nobody knows what it is; that it would go to all children is worse than closing it.
    if (calls === undefined) closeQuietly(bequest.fd);
    return undefined;
  }
  calls.setCloseOnExec(bequest.fd, true);
  if (socketInode(socketPath) === bequest.inode) return bequest.fd;
  closeQuietly(bequest.fd);
  return undefined;
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // It was no descriptor of ours: then there is nothing to close.
  }
}
