/** What block devices have read and written: /proc/diskstats (proc_diskstats(5)). Pure. */

export interface BlockDevice {
  readonly name: string;
  /** Since boot. */
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** The kernel counts in these, whatever the device's own sectors are. */
const SECTOR_BYTES = 512;
const NAME_COLUMN = 2;
const READ_COLUMN = 5;
const WRITTEN_COLUMN = 9;
/** In memory, or made of other devices, which count already. */
const STACKED = /^(?:loop|ram|zram|dm-|md|bcache|drbd|zd)\d/;

/** Whole devices: partitions, and what lies on other devices or in memory, are left out, so that nothing counts twice. */
export function parseBlockDevices(diskstats: string): readonly BlockDevice[] {
  const all = diskstats.split('\n').flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const name = columns[NAME_COLUMN];
    if (name === undefined || columns.length <= WRITTEN_COLUMN || STACKED.test(name)) return [];
    const bytes = (column: number): number => (Number(columns[column]) || 0) * SECTOR_BYTES;
    return [{ name, readBytes: bytes(READ_COLUMN), writtenBytes: bytes(WRITTEN_COLUMN) }];
  });
  const names = new Set(all.map(({ name }) => name));
  return all.filter(({ name }) => !names.has(wholeOf(name)));
}

/** `sda` of `sda1`, `nvme0n1` of `nvme0n1p2`: a `p` stands between two digits. Empty when it can be no partition. */
function wholeOf(name: string): string {
  return /^(.*\d)p\d+$/.exec(name)?.[1] ?? /^(.*\D)\d+$/.exec(name)?.[1] ?? '';
}
