/** Figures of the machine that torud runs on. */

import type { DiskFigures } from '../../protocol/control/system.ts';
import type { BlockDevice } from './host/block-devices.ts';
import { CPU_MODES, parseCores, secondsIn } from './host/cpu-times.ts';
import type { HostLook } from './host/host-look.ts';
import type { NetworkCounters } from './host/network-counters.ts';
import type { Labels, MetricFamily, Sample } from './open-metrics.ts';

export interface HostFacts {
  readonly look: HostLook;
  /** Since boot, time asleep included. */
  readonly uptimeMs: number;
  readonly disks: readonly DiskFigures[];
}

/** What the kernel does not tell has no samples. */
export function hostFamilies({ look, uptimeMs, disks }: HostFacts): readonly MetricFamily[] {
  return [
    gauge('toru_host_uptime_seconds', 'Time since the machine was booted', [{ value: uptimeMs / 1000 }]),
    ...loadFamilies(look),
    {
      name: 'toru_host_cpu_seconds',
      type: 'counter',
      unit: 'seconds',
      help: 'Processor time by core and mode; what is left of the time a core was idle',
      samples: coreSamples(look.stat),
    },
    ...memoryFamilies(look),
    ...diskFamilies(disks),
    ...counters('toru_host_block_device', look.devices, ({ name }) => ({ device: name }), {
      read_bytes: ['Bytes that a block device has read', ({ readBytes }) => readBytes],
      written_bytes: ['Bytes that a block device has written', ({ writtenBytes }) => writtenBytes],
    }),
    ...counters('toru_host_network', look.networks, ({ name }) => ({ interface: name }), {
      received_bytes: ['Bytes that a network interface has received', ({ receivedBytes }) => receivedBytes],
      sent_bytes: ['Bytes that a network interface has sent', ({ sentBytes }) => sentBytes],
    }),
  ];
}

function loadFamilies({ load }: HostLook): readonly MetricFamily[] {
  return [1, 5, 15].map((minutes, at) => {
    const value = load?.[at];
    const name = `toru_host_load${minutes}`;
    const help = `Mean number of processes that run or wait for a disk, of ${minutes} min`;
    return { name, type: 'gauge', help, samples: value === undefined ? [] : [{ value }] };
  });
}

function coreSamples(stat: string): readonly Sample[] {
  return [...parseCores(stat)].flatMap(([core, ticks]) =>
    CPU_MODES.map((mode) => ({ labels: { core: String(core), mode }, value: secondsIn(ticks, mode) })),
  );
}

function memoryFamilies({ memory }: HostLook): readonly MetricFamily[] {
  const one = (value: number | undefined): Sample[] => (value === undefined ? [] : [{ value }]);
  return [
    gauge('toru_host_memory_total_bytes', 'Memory of the machine', one(memory?.totalBytes)),
    gauge('toru_host_memory_used_bytes', 'Memory that programs could not be given', one(memory?.usedBytes)),
    gauge(
      'toru_host_memory_available_bytes',
      'Memory that programs could be given without swapping',
      one(memory?.availableBytes),
    ),
    gauge('toru_host_swap_total_bytes', 'Swap space', one(memory?.swapTotalBytes)),
    gauge('toru_host_swap_used_bytes', 'Swap space in use', one(memory?.swapUsedBytes)),
  ];
}

function diskFamilies(disks: readonly DiskFigures[]): readonly MetricFamily[] {
  const each = (value: (disk: DiskFigures) => number): Sample[] =>
    disks.map((disk) => ({
      labels: { mount: disk.mount, device: disk.device, type: disk.type },
      value: value(disk),
    }));
  return [
    gauge(
      'toru_host_disk_total_bytes',
      'Size of a mounted disk',
      each(({ totalBytes }) => totalBytes),
    ),
    gauge(
      'toru_host_disk_used_bytes',
      'What is used of a mounted disk',
      each(({ usedBytes }) => usedBytes),
    ),
    gauge(
      'toru_host_disk_available_bytes',
      'What those who are not root can still write on a mounted disk',
      each(({ availableBytes }) => availableBytes),
    ),
  ];
}

type Counted = BlockDevice | NetworkCounters;

function counters<One extends Counted>(
  prefix: string,
  all: readonly One[],
  labelsOf: (one: One) => Labels,
  figures: Readonly<Record<string, readonly [help: string, value: (one: One) => number]>>,
): readonly MetricFamily[] {
  return Object.entries(figures).map(([name, [help, value]]) => ({
    name: `${prefix}_${name}`,
    type: 'counter',
    unit: 'bytes',
    help,
    samples: all.map((one) => ({ labels: labelsOf(one), value: value(one) })),
  }));
}

/** The unit is the last word of the name, where that is one. */
function gauge(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  const unit = /_(bytes|seconds)$/.exec(name)?.[1];
  return { name, type: 'gauge', help, samples, ...(unit === undefined ? {} : { unit }) };
}
