/** Which mounted file systems are disks: /proc/self/mountinfo (proc_pid_mountinfo(5)). Pure. */

export interface Mount {
  readonly mount: string;
  readonly device: string;
  readonly type: string;
  /** A server, or a program, answers for it, and may never do so. */
  readonly isRemote: boolean;
}

const REMOTE = new Set([
  ...['nfs', 'nfs4', 'cifs', 'smb3', 'smbfs', 'ceph', 'afs', 'lustre', 'gpfs', '9p', 'ocfs2', 'gfs2'],
  ...['fuse.sshfs', 'fuse.glusterfs', 'fuse.ceph', 'fuse.s3fs', 'fuse.rclone', 'fuse.mergerfs'],
]);
/** Local, though their source is no file in /dev. */
const LOCAL = new Set(['btrfs', 'zfs', 'bcachefs', 'virtiofs', 'ubifs', 'jffs2']);
/** What is made once and full for ever. */
const IMAGES = new Set(['squashfs', 'iso9660', 'udf', 'erofs', 'cramfs', 'romfs']);
/** Disks only where they stand for one: in a container, or a machine without disks. */
const ROOTS = new Set(['overlay', 'tmpfs', 'ramfs', 'rootfs', 'aufs', 'fuse.fuse-overlayfs']);

/**
 * Disks, each once: of several mounts of one (bind mounts, subvolumes) the one with the shortest path, and of mounts at
 * one place the last, which hides the others. Sorted by path.
 */
export function parseMounts(mountinfo: string): readonly Mount[] {
  const byPath = new Map<string, Mount>();
  for (const line of mountinfo.split('\n')) {
    const mount = parseLine(line);
    if (mount !== undefined) byPath.set(mount.mount, mount);
  }
  const byDevice = new Map<string, Mount>();
  for (const mount of [...byPath.values()].filter(isDisk)) {
    const known = byDevice.get(mount.device);
    if (known === undefined || mount.mount.length < known.mount.length) byDevice.set(mount.device, mount);
  }
  return [...byDevice.values()].sort((one, other) => (one.mount < other.mount ? -1 : 1));
}

/** `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`: any number of fields stand before the hyphen. */
function parseLine(line: string): Mount | undefined {
  const [before = '', after] = line.split(' - ', 2);
  const mount = before.split(' ')[4];
  const [type, device] = after?.split(' ') ?? [];
  if (!mount?.startsWith('/') || type === undefined || !device) return undefined;
  return { mount: unescapePath(mount), device: unescapePath(device), type, isRemote: REMOTE.has(type) };
}

function isDisk({ mount, device, type, isRemote }: Mount): boolean {
  if (IMAGES.has(type)) return false;
  if (isRemote || LOCAL.has(type)) return true;
  if (ROOTS.has(type)) return mount === '/';
  // `/dev/root` and the like included; devtmpfs has the source `devtmpfs` or `udev`.
  return device.startsWith('/dev/');
}

/** Space, tab, newline and backslash stand there as octal numbers: `\040`. */
function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
