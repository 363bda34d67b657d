/** Figures of processes and machine for a reader that watches: read only while somebody does, and only at its pace. */

import type { CompactRow, UsageRow, WatchItem } from '../../../protocol/control/plugins.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { type HostReadings, HostUsageReader } from './host-usage.ts';

/** Share of a core that has to change before a row is sent again. */
const CPU_STEP_PERCENT = 0.05;

export class UsageSamples {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #onDue: () => void;
  readonly #host: HostUsageReader;
  readonly #sent = new Map<string, UsageRow>();
  #timer: Timer | undefined;
  #isDue = true;

  /** @param onDue called when `take` has something; the first time is at once */
  constructor(clock: Clock, everyMs: number, onDue: () => void, host?: HostReadings) {
    this.#clock = clock;
    this.#host = new HostUsageReader(clock, host);
    this.#everyMs = everyMs;
    this.#onDue = onDue;
  }

  /** The figures that changed since the last time, if it is time for them; then the next sample is planned. */
  take(rows: () => readonly CompactRow[]): WatchItem | undefined {
    if (!this.#isDue) return undefined;
    this.#isDue = false;
    this.#timer = this.#clock.setTimer(() => {
      this.#isDue = true;
      this.#onDue();
    }, this.#everyMs);
    const changed = rows().flatMap((row) => this.#changed([row[0], row[7], row[8]]));
    return { kind: 'usage', rows: changed, host: this.#host.read() };
  }

  end(): void {
    this.#timer?.cancel();
  }

  #changed(row: UsageRow): readonly UsageRow[] {
    const [id, cpu, memory] = row;
    const before = this.#sent.get(id);
    if (before !== undefined && before[2] === memory && isNear(before[1], cpu)) return [];
    this.#sent.set(id, row);
    return [row];
  }
}

function isNear(one: number | null, other: number | null): boolean {
  if (one === null || other === null) return one === other;
  return Math.abs(one - other) < CPU_STEP_PERCENT;
}
