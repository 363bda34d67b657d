/** Figures of the machine, from /proc (proc(5)), sampled once a second and kept for an hour. */

export interface CpuFigures {
  /** Of the cores that are online. */
  readonly count: number;
  readonly model: string;
  /** Of all cores together, 0 to 100; null before the second sample. */
  readonly usedPercent: number | null;
  /** By number of the core; null also for one that is offline. */
  readonly corePercent: readonly (number | null)[];
}

export interface MemoryFigures {
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly availableBytes: number;
  readonly swapTotalBytes: number;
  readonly swapUsedBytes: number;
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
  /** Bytes a second; null before the second sample. */
  readonly receivedRate: number | null;
  readonly sentRate: number | null;
}

/** Bytes a second of all block devices together; null before the second sample. */
export interface DiskRates {
  readonly readRate: number | null;
  readonly writeRate: number | null;
}

export interface ProcessFigures {
  readonly pid: number;
  readonly parentPid: number;
  /** Of its program, or what it calls itself; at most 15 bytes. */
  readonly name: string;
  /** argv as one line, at most 256 characters; for those who may only view the plugin its name, since arguments may hold secrets. */
  readonly command: string;
  /** Resident. */
  readonly memoryBytes: number;
  /** Of one core since the process began: 100 is a whole core. */
  readonly cpuPercent: number;
  readonly threads: number;
}

/** The processes of one plugin that runs. */
export interface PluginProcesses {
  readonly plugin: string;
  readonly processes: readonly ProcessFigures[];
}

/** Samples as columns, oldest first; null where none was made. */
export interface SystemHistory {
  /** RFC 3339 UTC of the first sample. */
  readonly from: string;
  readonly stepMs: number;
  readonly cpuPercent: readonly (number | null)[];
  readonly memoryPercent: readonly (number | null)[];
  readonly swapPercent: readonly (number | null)[];
  /** One minute. */
  readonly load: readonly (number | null)[];
  /** Bytes a second, all interfaces but loopback. */
  readonly receivedRate: readonly (number | null)[];
  readonly sentRate: readonly (number | null)[];
  readonly readRate: readonly (number | null)[];
  readonly writeRate: readonly (number | null)[];
}

export interface SystemFigures {
  /** RFC 3339 UTC. */
  readonly at: string;
  readonly hostname: string;
  readonly kernel: string;
  readonly uptimeMs: number;
  /** 1, 5 and 15 minutes. */
  readonly load: readonly number[];
  readonly cpu: CpuFigures;
  readonly memory: MemoryFigures;
  readonly disks: readonly DiskFigures[];
  readonly diskRates: DiskRates;
  readonly networks: readonly NetworkFigures[];
}

export interface SystemReadParams {
  /** Also the past, this much of it; at most 3,600,000. */
  readonly historyMs?: number;
  /** At most so many samples of it: neighbours are averaged. Default 3,600. */
  readonly points?: number;
  /** Also the processes of each plugin. */
  readonly processes?: boolean;
}

export interface SystemReadResult {
  readonly system: SystemFigures;
  readonly history?: SystemHistory;
  /** By plugin id; running ones only. */
  readonly plugins?: readonly PluginProcesses[];
}
