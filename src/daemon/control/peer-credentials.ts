/** Who is at the other end of a control connection, as the kernel says (SO_PEERCRED, unix(7)). The only importer of koffi. */

import type { Socket } from 'node:net';
import { failure, messageOf, type Result, success } from '../../protocol/result.ts';

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups (SO_PEERGROUPS); empty when the kernel does not say. */
  readonly groups: readonly number[];
}

/** Credentials of a connected peer; undefined when its socket is gone already. */
export type CredentialReader = (socket: Socket) => PeerCredentials | undefined;

type GetSockOpt = (fd: number, level: number, name: number, value: Buffer, size: Buffer) => number;

/** From <asm-generic/socket.h>; x86-64 and arm64 share them. */
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SO_PEERGROUPS = 59;
const MAX_GROUPS = 1024;

/**
 * Loads koffi, which costs some 15 ms and 8 MB: once, when the server starts to listen. Failure: why callers will not
 * be known, one line.
 */
export async function loadCredentialReader(): Promise<Result<CredentialReader, string>> {
  try {
    const koffi = await import('koffi');
    const getsockopt = koffi.load(null).func('int getsockopt(int, int, int, _Inout_ void *, _Inout_ void *)');
    return success((socket) => readCredentials(socket, getsockopt as unknown as GetSockOpt));
  } catch (thrown) {
    const [reason] = messageOf(thrown).split('\n');
    return failure(`callers of the control socket cannot be told apart: koffi cannot be loaded (${reason})`);
  }
}

function readCredentials(socket: Socket, getsockopt: GetSockOpt): PeerCredentials | undefined {
  const fd = descriptorOf(socket);
  if (fd === undefined) return undefined;
  const ucred = option(fd, SO_PEERCRED, 12, getsockopt);
  if (ucred?.length !== 12) return undefined;
  const packed = option(fd, SO_PEERGROUPS, 4 * MAX_GROUPS, getsockopt) ?? Buffer.alloc(0);
  const groups = Array.from({ length: packed.length / 4 }, (_, index) => packed.readUInt32LE(index * 4));
  return { pid: ucred.readInt32LE(0), uid: ucred.readUInt32LE(4), gid: ucred.readUInt32LE(8), groups };
}

function option(fd: number, name: number, maxBytes: number, getsockopt: GetSockOpt): Buffer | undefined {
  const value = Buffer.alloc(maxBytes);
  const size = Buffer.alloc(4);
  size.writeInt32LE(maxBytes);
  if (getsockopt(fd, SOL_SOCKET, name, value, size) !== 0) return undefined;
  return value.subarray(0, size.readInt32LE(0));
}

/** Node keeps the descriptor of a socket to itself. */
function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined;
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}
