/** What torud knows of the machine: the newest look, the kept hour, and what is read when somebody asks. */

import { readFile } from 'node:fs/promises';
import { freemem, hostname, loadavg, release, totalmem, uptime } from 'node:os';
import type {
  CpuFigures,
  MemoryFigures,
  NetworkFigures,
  SystemFigures,
  SystemHistory,
} from '../../../protocol/control/system.ts';
import { errnoOf } from '../../../protocol/result.ts';
import { type Clock, formatTime } from '../../base/clock.ts';
import { busyPercent, parseCores } from './cpu-times.ts';
import { DiskReader } from './disk-reader.ts';
import { readHistory } from './history.ts';
import { type HostLook, rate, ratesBetween } from './host-look.ts';
import { HostSampler } from './host-sampler.ts';
import { type HostSource, ProcSource } from './host-source.ts';

/** Other words for it are those of processors that are not Intel's or AMD's. */
const MODEL = /^(?:model name|Model|Hardware|cpu model|Processor)\s*:\s*(.+)$/m;
const EMPTY_TEXTS = {
  cpu: undefined,
  memory: undefined,
  load: undefined,
  networks: [],
  devices: [],
  stat: '',
};

export interface HostParts {
  readonly clock: Clock;
  readonly source?: HostSource;
  readonly disks?: Pick<DiskReader, 'read'>;
}

export class Host {
  readonly #clock: Clock;
  readonly #sampler: HostSampler;
  readonly #disks: Pick<DiskReader, 'read'>;
  #model: Promise<string> | undefined;

  constructor({ clock, source = new ProcSource(), disks = new DiskReader(clock) }: HostParts) {
    this.#clock = clock;
    this.#sampler = new HostSampler(clock, source);
    this.#disks = disks;
  }

  /** Begins to look; answers with what ends it. */
  start(): () => void {
    return this.#sampler.start();
  }

  /** The newest look, at most a second old; one without figures before `start`. */
  look(): HostLook {
    const { latest } = this.#sampler;
    return latest ?? { ...EMPTY_TEXTS, atMs: this.#clock.monotonic(), wallMs: this.#clock.now() };
  }

  async read(): Promise<SystemFigures> {
    const [disks, model] = await Promise.all([this.#disks.read(), this.#readModel()]);
    const look = this.look();
    const { before } = this.#sampler;
    const { readRate, writeRate } = ratesBetween(before, look);
    return {
      at: formatTime(look.wallMs),
      hostname: hostname(),
      kernel: release(),
      uptimeMs: uptimeMs(),
      load: look.load ?? loadavg(),
      cpu: cpuOf(look, before, model),
      memory: look.memory ?? memoryOfSystem(),
      disks,
      diskRates: { readRate: whole(readRate), writeRate: whole(writeRate) },
      networks: networksOf(look, before),
    };
  }

  /** Share of all cores since the look before; null where it is not known. */
  cpuPercent(): number | null {
    return tenth(busyPercent(this.#sampler.before?.cpu, this.look().cpu));
  }

  /** See `SystemReadParams`. */
  history(historyMs: number, points: number): SystemHistory {
    const { ring } = this.#sampler;
    return readHistory({ ring, wallMsOf: (slot) => this.#sampler.wallMsOf(slot) }, historyMs, points);
  }

  /** What the kept hour takes. */
  get historyBytes(): number {
    return this.#sampler.ring.bytes;
  }

  readDisks(): ReturnType<DiskReader['read']> {
    return this.#disks.read();
  }

  #readModel(): Promise<string> {
    this.#model ??= readModel();
    return this.#model;
  }
}

/** Since boot, time asleep included. */
export function uptimeMs(): number {
  return Math.round(uptime() * 1000);
}

/** Empty when the kernel does not tell, as in many virtual machines without x86. */
async function readModel(): Promise<string> {
  try {
    return MODEL.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1]?.trim() ?? '';
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return '';
  }
}

/** Cores stand at their number; one that is offline has null there. */
function cpuOf(now: HostLook, before: HostLook | undefined, model: string): CpuFigures {
  const cores = parseCores(now.stat);
  const olds = before === undefined ? undefined : parseCores(before.stat);
  const places = cores.size === 0 ? 0 : Math.max(...cores.keys()) + 1;
  return {
    count: cores.size,
    model,
    usedPercent: tenth(busyPercent(before?.cpu, now.cpu)),
    corePercent: Array.from({ length: places }, (_core, number) =>
      tenth(busyPercent(olds?.get(number), cores.get(number))),
    ),
  };
}

function networksOf(now: HostLook, before: HostLook | undefined): readonly NetworkFigures[] {
  return now.networks.map((one) => {
    const old = before?.networks.find(({ name }) => name === one.name);
    const spanMs = now.atMs - (before?.atMs ?? now.atMs);
    const rateOf = (then: number | undefined, bytes: number): number | null =>
      then === undefined || bytes < then ? null : whole(rate(bytes - then, spanMs));
    return {
      ...one,
      receivedRate: rateOf(old?.receivedBytes, one.receivedBytes),
      sentRate: rateOf(old?.sentBytes, one.sentBytes),
    };
  });
}

/** By sysinfo(2), where there is no /proc/meminfo. */
function memoryOfSystem(): MemoryFigures {
  const [totalBytes, availableBytes] = [totalmem(), freemem()];
  const usedBytes = totalBytes - availableBytes;
  return { totalBytes, usedBytes, availableBytes, swapTotalBytes: 0, swapUsedBytes: 0 };
}

function tenth(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10) / 10;
}

function whole(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
