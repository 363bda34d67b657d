/** One datagram to the service manager (sd_notify(3)): Node has no Unix datagram sockets, so the kernel is called directly. */

import { execFile } from 'node:child_process';
import { failure, messageOf, type Result, success } from '../../protocol/result.ts';

/** `again`: the receiver's queue is full, so try later. `failed`: it will not work later either. */
export type SendOutcome = 'sent' | 'again' | 'failed';

/** @param assignments lines `KEY=value` */
export type NotifySender = (assignments: readonly string[]) => SendOutcome;

/** From <sys/socket.h>; x86-64 and arm64 share them. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** sun_path of unix(7). */
const MAX_PATH_BYTES = 108;

/**
 * A sockaddr_un of exactly the length that bind(2) was given: the NUL ends a path, and would be part of an abstract name.
 * Failure: why there is no such socket, one line.
 */
export function socketAddress(name: string): Result<Buffer, string> {
  const isAbstract = name.startsWith('@');
  if (!isAbstract && !name.startsWith('/'))
    return failure(`NOTIFY_SOCKET is neither a path nor an abstract name: ${name}`);
  const path = Buffer.from(isAbstract ? `\0${name.slice(1)}` : `${name}\0`, 'utf8');
  if (path.length > MAX_PATH_BYTES) return failure(`NOTIFY_SOCKET is too long: ${name}`);
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  return success(Buffer.concat([family, path]));
}

/** Loads koffi and opens a socket, once. Failure: why it cannot, one line. */
export async function openKernelSender(socket: string): Promise<Result<NotifySender, string>> {
  const address = socketAddress(socket);
  if (!address.ok) return address;
  try {
    const koffi = await import('koffi');
    const library = koffi.load(null);
    const makeSocket = library.func('int socket(int, int, int)');
    const sendto = library.func('long sendto(int, const void *, size_t, int, const void *, unsigned int)');
    const { EAGAIN, ENOBUFS } = koffi.os.errno;
    const fd: number = makeSocket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return failure(`no socket for the service manager: errno ${koffi.errno()}`);
    return success((assignments) => {
      const bytes = Buffer.from(assignments.join('\n'), 'utf8');
      const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
      const sent: number = sendto(fd, bytes, bytes.length, flags, address.value, address.value.length);
      if (sent >= 0) return 'sent';
      return [EAGAIN, ENOBUFS].includes(koffi.errno()) ? 'again' : 'failed';
    });
  } catch (thrown) {
    const [reason] = messageOf(thrown).split('\n');
    return failure(`koffi cannot be loaded (${reason})`);
  }
}

/**
 * The same by systemd-notify(1), a process for each word: for want of koffi. It speaks in the name of its parent, which
 * needs root, or `NotifyAccess=all` in the unit.
 */
export function programSender(variables: Readonly<Record<string, string>>): NotifySender {
  return (assignments) => {
    const env = { PATH: process.env.PATH, ...variables };
    // What it has to say against it goes to the service manager's own log.
    execFile('systemd-notify', [...assignments], { env, timeout: 10_000 }, () => undefined);
    return 'sent';
  };
}
