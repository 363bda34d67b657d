/**
 * Sockets that plugins make, as a torud looks at them that is root: a plugin of another user may put anything in a
 * socket's place at any time, so that what is there is opened once, without following links, and then judged and
 * changed by its descriptor alone.
 */

import { chmodSync, chownSync, closeSync, constants, fstatSync, openSync } from 'node:fs';
import { errnoOf } from '../../protocol/result.ts';

/** open(2): names a file without access to it. The same number on every machine that toru runs on; Node has no name for it. */
const O_PATH = 0o10000000;
const MODE_BITS = 0o7777;
/** connect(2) needs the right to write; unix(7). */
const GROUP_MAY_CONNECT = 0o060;

/** A socket that is held by a descriptor. */
export interface Door {
  /** Leads to this very socket, whatever stands under its name by now; until `close`. */
  readonly path: string;
  close(): void;
}

export interface SocketAccessOptions {
  /** Who alone makes sockets here; undefined where only root can. */
  readonly ownerUid: number | undefined;
  /** Group of the plugin's processes. A socket of another one was given away by the plugin itself, and stays so. */
  readonly ownerGid: number;
  /** Group whose members may connect beside the owner and root; undefined: none. */
  readonly gid: number | undefined;
}

export class SocketAccess {
  readonly #options: SocketAccessOptions;

  constructor(options: SocketAccessOptions) {
    this.#options = options;
  }

  /** Whether others than root can change what lies there. */
  get isContested(): boolean {
    return this.#options.ownerUid !== undefined;
  }

  /** Undefined when there is no socket of the owner's: nothing at all, a link, or somebody else's. */
  open(path: string): Door | undefined {
    const fd = this.#openFd(path);
    if (fd === undefined) return undefined;
    return { path: `/proc/self/fd/${fd}`, close: () => closeSync(fd) };
  }

  /** Lets the group connect to a socket of the owner's; does nothing where there is none. */
  admit(path: string): void {
    const { gid, ownerGid } = this.#options;
    const fd = gid === undefined ? undefined : this.#openFd(path);
    if (gid === undefined || fd === undefined) return;
    try {
      const { uid, gid: was, mode } = fstatSync(fd);
      const wanted = (mode & MODE_BITS) | GROUP_MAY_CONNECT;
      const own = `/proc/self/fd/${fd}`;
      if (was !== gid && was !== ownerGid) return;
      // Only when need be: a change is an event of the folder, which has this called again.
      if (was !== gid) chownSync(own, uid, gid);
      if ((mode & MODE_BITS) !== wanted) chmodSync(own, wanted);
    } finally {
      closeSync(fd);
    }
  }

  #openFd(path: string): number | undefined {
    let fd: number;
    try {
      fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      return undefined;
    }
    const found = fstatSync(fd);
    const { ownerUid = found.uid } = this.#options;
    if (found.isSocket() && found.uid === ownerUid) return fd;
    closeSync(fd);
    return undefined;
  }
}
