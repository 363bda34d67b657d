/** Memory and swap of the machine: /proc/meminfo (proc_meminfo(5)). Pure. */

import type { MemoryFigures } from '../../../protocol/control/system.ts';

const FIELD = /^(MemTotal|MemFree|MemAvailable|Buffers|Cached|SwapTotal|SwapFree):\s+(\d+)/gm;
/** `kB` there means 1024 bytes. */
const UNIT_BYTES = 1024;

/** Undefined when the text does not say how much memory there is. */
export function parseMemory(meminfo: string): MemoryFigures | undefined {
  const fields = new Map<string, number>();
  for (const [, key = '', value] of meminfo.matchAll(FIELD)) fields.set(key, Number(value) * UNIT_BYTES);
  const bytes = (key: string): number => fields.get(key) ?? 0;
  const totalBytes = bytes('MemTotal');
  if (totalBytes === 0) return undefined;
  // Linux before 3.14, and some containers, do not have MemAvailable.
  const available = fields.get('MemAvailable') ?? bytes('MemFree') + bytes('Buffers') + bytes('Cached');
  const availableBytes = Math.min(totalBytes, available);
  const swapTotalBytes = bytes('SwapTotal');
  return {
    totalBytes,
    usedBytes: totalBytes - availableBytes,
    availableBytes,
    swapTotalBytes,
    swapUsedBytes: Math.max(0, swapTotalBytes - bytes('SwapFree')),
  };
}
