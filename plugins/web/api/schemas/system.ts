/** Figures of the machine, as torud has them (src/protocol/control/system.ts). */

import * as z from 'zod/mini';
import { number, numberOrNull, optional, text, time, whole } from './basics.ts';

const numbersOrNull = z.array(numberOrNull);

const historySchema = z.looseObject({
  from: time,
  stepMs: whole,
  cpuPercent: numbersOrNull,
  memoryPercent: numbersOrNull,
  swapPercent: numbersOrNull,
  load: numbersOrNull,
  receivedRate: numbersOrNull,
  sentRate: numbersOrNull,
  readRate: numbersOrNull,
  writeRate: numbersOrNull,
});

const processSchema = z.looseObject({
  pid: whole,
  parentPid: whole,
  name: text,
  command: text,
  memoryBytes: number,
  cpuPercent: number,
  threads: whole,
});

export const systemSchema = z.looseObject({
  at: time,
  hostname: text,
  kernel: text,
  uptimeMs: number,
  load: z.array(number),
  cpu: z.looseObject({ count: whole, model: text, usedPercent: numberOrNull, corePercent: numbersOrNull }),
  memory: z.looseObject({
    totalBytes: number,
    usedBytes: number,
    availableBytes: number,
    swapTotalBytes: number,
    swapUsedBytes: number,
  }),
  disks: z.array(
    z.looseObject({
      mount: text,
      device: text,
      type: text,
      totalBytes: number,
      usedBytes: number,
      availableBytes: number,
    }),
  ),
  diskRates: z.looseObject({ readRate: numberOrNull, writeRate: numberOrNull }),
  networks: z.array(
    z.looseObject({
      name: text,
      receivedBytes: number,
      sentBytes: number,
      receivedRate: numberOrNull,
      sentRate: numberOrNull,
    }),
  ),
  history: optional(historySchema),
  plugins: optional(z.array(z.looseObject({ plugin: text, processes: z.array(processSchema) }))),
});
