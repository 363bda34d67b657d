/** /proc/loadavg and /proc/uptime (proc_loadavg(5), proc_uptime(5)). Pure. */

export type Load = readonly [number, number, number];

/** Of 1, 5 and 15 minutes; undefined when the text has not got them. */
export function parseLoad(loadavg: string): Load | undefined {
  const [one, five, fifteen] = loadavg.trim().split(/\s+/, 3).map(Number);
  if (one === undefined || five === undefined || fifteen === undefined) return undefined;
  return [one, five, fifteen].every(Number.isFinite) ? [one, five, fifteen] : undefined;
}

/** Milliseconds since boot, time asleep included; undefined when the text does not say. */
export function parseUptimeMs(uptime: string): number | undefined {
  const seconds = Number.parseFloat(uptime);
  return Number.isFinite(seconds) ? Math.round(seconds * 1000) : undefined;
}
