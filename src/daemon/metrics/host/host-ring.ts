/** Samples of the past as columns of single-precision numbers: the newest hour in a fixed amount of memory. */

export const CHANNELS = [
  'cpuPercent',
  'memoryPercent',
  'swapPercent',
  'load',
  'receivedRate',
  'sentRate',
  'readRate',
  'writeRate',
] as const;
export type Channel = (typeof CHANNELS)[number];

/** One sample; null where there is no figure. */
export type Sample = Readonly<Record<Channel, number | null>>;

/** Samples lie in slots that are numbered from 0 on, one a second of the machine's time. */
export class HostRing {
  readonly #capacity: number;
  readonly #columns: Readonly<Record<Channel, Float32Array>>;
  #first = 0;
  /** The newest slot; -1 before there is one. */
  #last = -1;

  constructor(capacity: number) {
    this.#capacity = capacity;
    const column = (): Float32Array => new Float32Array(capacity).fill(Number.NaN);
    this.#columns = Object.fromEntries(CHANNELS.map((channel) => [channel, column()])) as Record<
      Channel,
      Float32Array
    >;
  }

  /** The oldest slot that is kept. */
  get first(): number {
    return this.#first;
  }

  get last(): number {
    return this.#last;
  }

  get bytes(): number {
    return CHANNELS.reduce((total, channel) => total + this.#columns[channel].byteLength, 0);
  }

  /** Slots between the newest one and this stay empty. One that is older than the newest is not taken. */
  put(slot: number, sample: Sample): void {
    if (slot < this.#last) return;
    if (this.#last === -1) this.#first = slot;
    const emptyFrom = Math.max(this.#last + 1, slot - this.#capacity + 1);
    for (let empty = emptyFrom; empty < slot; empty += 1) this.#write(empty, undefined);
    this.#write(slot, sample);
    this.#last = slot;
    this.#first = Math.max(this.#first, slot - this.#capacity + 1);
  }

  /** Mean of the figures in the slots from `from` on and before `to`; null when there is none. */
  mean(channel: Channel, from: number, to: number): number | null {
    const column = this.#columns[channel];
    let [total, count] = [0, 0];
    for (let slot = Math.max(from, this.#first); slot < Math.min(to, this.#last + 1); slot += 1) {
      const value = column[slot % this.#capacity] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      total += value;
      count += 1;
    }
    return count === 0 ? null : total / count;
  }

  #write(slot: number, sample: Sample | undefined): void {
    const at = slot % this.#capacity;
    for (const channel of CHANNELS) this.#columns[channel][at] = sample?.[channel] ?? Number.NaN;
  }
}
