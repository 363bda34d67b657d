/** What network interfaces have carried: /proc/net/dev (proc_pid_net(5)). Pure. */

export interface NetworkCounters {
  readonly name: string;
  /** Since the interface came up. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** The name may hold a colon, as that of an alias does: the last one ends it. Old kernels leave no space after it. */
const LINE = /^\s*(\S+):\s*((?:\d+\s+){8}\d+)/;
const SENT_COLUMN = 8;
export const LOOPBACK = 'lo';

/** In the order of the kernel; lines that are none of an interface are left out. */
export function parseNetworks(dev: string): readonly NetworkCounters[] {
  return dev.split('\n').flatMap((line) => {
    const [, name, columns = ''] = LINE.exec(line) ?? [];
    if (name === undefined) return [];
    const counters = columns.split(/\s+/).map(Number);
    return [{ name, receivedBytes: counters[0] ?? 0, sentBytes: counters[SENT_COLUMN] ?? 0 }];
  });
}
