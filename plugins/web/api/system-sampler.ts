/** Figures of the machine, read when somebody asks. Shares of time are those since the one before asked. */

import { readFile, statfs } from 'node:fs/promises';
import { cpus, freemem, hostname, loadavg, release, totalmem, uptime } from 'node:os';
import { errnoOf } from '../../../src/protocol/result.ts';

/** Asked again within this time, the answer is the same: who asks often learns no more, and costs nothing. */
const FRESH_MS = 500;

export interface CpuFigures {
  readonly count: number;
  readonly model: string;
  /** Of all cores together, 0 to 100; null at the first time. */
  readonly usedPercent: number | null;
  readonly corePercent: readonly (number | null)[];
}

export interface DiskFigures {
  readonly mount: string;
  readonly device: string;
  readonly type: string;
  readonly totalBytes: number;
  readonly usedBytes: number;
  /** For those who are not root. */
  readonly availableBytes: number;
}

export interface NetworkFigures {
  readonly name: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Bytes a second; null at the first time. */
  readonly receivedRate: number | null;
  readonly sentRate: number | null;
}

export interface SystemFigures {
  readonly at: string;
  readonly hostname: string;
  readonly kernel: string;
  readonly uptimeMs: number;
  readonly load: readonly number[];
  readonly cpu: CpuFigures;
  readonly memory: {
    readonly totalBytes: number;
    readonly usedBytes: number;
    readonly availableBytes: number;
    readonly swapTotalBytes: number;
    readonly swapUsedBytes: number;
  };
  readonly disks: readonly DiskFigures[];
  readonly networks: readonly NetworkFigures[];
}

interface CoreTimes {
  readonly busyMs: number;
  readonly allMs: number;
}

export class SystemSampler {
  #cores: readonly CoreTimes[] = [];
  #networks = new Map<string, { readonly received: number; readonly sent: number }>();
  #networksAt = 0;
  #last: Promise<SystemFigures> | undefined;
  #lastAt = Number.NEGATIVE_INFINITY;

  read(): Promise<SystemFigures> {
    const now = performance.now();
    if (this.#last === undefined || now - this.#lastAt >= FRESH_MS) {
      this.#lastAt = now;
      this.#last = this.#sample();
    }
    return this.#last;
  }

  async #sample(): Promise<SystemFigures> {
    const [memory, disks, networks] = await Promise.all([readMemory(), readDisks(), this.#readNetworks()]);
    return {
      at: new Date().toISOString(),
      hostname: hostname(),
      kernel: release(),
      uptimeMs: Math.round(uptime() * 1000),
      load: loadavg(),
      cpu: this.#readCpu(),
      memory,
      disks,
      networks,
    };
  }

  #readCpu(): CpuFigures {
    const cores = cpus();
    const times = cores.map(({ times: { user, nice, sys, idle, irq } }) => {
      const busyMs = user + nice + sys + irq;
      return { busyMs, allMs: busyMs + idle };
    });
    const before = this.#cores;
    this.#cores = times;
    const share = (now: CoreTimes, old: CoreTimes | undefined): number | null => {
      if (old === undefined || now.allMs <= old.allMs) return null;
      return Math.round((1000 * (now.busyMs - old.busyMs)) / (now.allMs - old.allMs)) / 10;
    };
    const sum = (of: readonly CoreTimes[]): CoreTimes => ({
      busyMs: of.reduce((total, one) => total + one.busyMs, 0),
      allMs: of.reduce((total, one) => total + one.allMs, 0),
    });
    return {
      count: cores.length,
      model: cores[0]?.model ?? '',
      usedPercent: before.length === times.length ? share(sum(times), sum(before)) : null,
      corePercent: times.map((one, index) => share(one, before[index])),
    };
  }

  /** proc(5), /proc/net/dev. */
  async #readNetworks(): Promise<readonly NetworkFigures[]> {
    const at = performance.now();
    const lines = (await readProc('/proc/net/dev')).split('\n').slice(2);
    const elapsedS = (at - this.#networksAt) / 1000;
    const before = this.#networks;
    this.#networks = new Map();
    this.#networksAt = at;
    return lines.flatMap((line) => {
      const match = /^\s*([^:\s]+):\s*(.*)$/.exec(line);
      if (match === null) return [];
      const [, name = '', rest = ''] = match;
      const numbers = rest.trim().split(/\s+/).map(Number);
      const [received = 0, sent = 0] = [numbers[0], numbers[8]];
      const old = before.get(name);
      this.#networks.set(name, { received, sent });
      const rate = (now: number, then: number | undefined): number | null =>
        then === undefined || now < then ? null : Math.round((now - then) / elapsedS);
      return [
        {
          name,
          receivedBytes: received,
          sentBytes: sent,
          receivedRate: rate(received, old?.received),
          sentRate: rate(sent, old?.sent),
        },
      ];
    });
  }
}

/** proc(5), /proc/meminfo. */
async function readMemory(): Promise<SystemFigures['memory']> {
  const text = await readProc('/proc/meminfo');
  const bytes = (key: string): number | undefined => {
    const match = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text);
    return match === null ? undefined : Number(match[1]) * 1024;
  };
  const totalBytes = bytes('MemTotal') ?? totalmem();
  const availableBytes = bytes('MemAvailable') ?? freemem();
  const swapTotalBytes = bytes('SwapTotal') ?? 0;
  return {
    totalBytes,
    availableBytes,
    usedBytes: totalBytes - availableBytes,
    swapTotalBytes,
    swapUsedBytes: swapTotalBytes - (bytes('SwapFree') ?? swapTotalBytes),
  };
}

/** Local disks alone: to ask a network's server that is gone takes for ever. Each device once. */
async function readDisks(): Promise<readonly DiskFigures[]> {
  const seen = new Set<string>();
  const mounts = (await readProc('/proc/self/mounts')).split('\n').flatMap((line) => {
    const [device = '', mount = '', type = ''] = line.split(' ');
    const isDisk = device.startsWith('/dev/') || type === 'overlay' || type === 'zfs' || type === 'btrfs';
    if (!isDisk || device.startsWith('/dev/loop') || seen.has(device)) return [];
    seen.add(device);
    return [{ device, mount: unescapeMount(mount), type }];
  });
  const disks = await Promise.all(
    mounts.map(async ({ device, mount, type }) => {
      try {
        const { bsize, blocks, bfree, bavail } = await statfs(mount);
        const totalBytes = blocks * bsize;
        return {
          mount,
          device,
          type,
          totalBytes,
          usedBytes: totalBytes - bfree * bsize,
          availableBytes: bavail * bsize,
        };
      } catch (thrown) {
        // Not for us to look at, or unmounted meanwhile.
        if (errnoOf(thrown) === undefined) throw thrown;
        return undefined;
      }
    }),
  );
  return disks.filter((disk) => disk !== undefined && disk.totalBytes > 0) as readonly DiskFigures[];
}

/** Spaces stand there as `\040` (getmntent(3)). */
function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** Empty where there is none, as in a container without /proc. */
async function readProc(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return '';
  }
}
