/** How many requests there were and how long their answers took. Updated in place; nothing is computed until somebody asks. */

import type { MethodName } from '../../protocol/control/methods.ts';
import type { ErrorCode } from '../../protocol/errors.ts';

/** Upper bounds in seconds: from an answer out of memory to an action that waits for a plugin. */
export const LATENCY_BOUNDS_SECONDS: readonly number[] = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60];

export type RequestOutcome = ErrorCode | 'ok';

export interface LatencyHistogram {
  /** Answers within each bound, not cumulated; the last one counts those over all bounds. */
  readonly counts: Uint32Array;
  sumSeconds: number;
}

/** Cardinality is bounded by the protocol: only methods of its table, only outcomes of its list of codes. */
export class RequestMeter {
  readonly #latencies = new Map<MethodName, LatencyHistogram>();
  readonly #outcomes = new Map<MethodName, Map<RequestOutcome, number>>();

  /** A call was answered. */
  answered(method: MethodName, durationMs: number, outcome: RequestOutcome): void {
    this.#count(method, outcome);
    const histogram = this.#histogramOf(method);
    const seconds = durationMs / 1000;
    const found = LATENCY_BOUNDS_SECONDS.findIndex((bound) => seconds <= bound);
    const at = found === -1 ? LATENCY_BOUNDS_SECONDS.length : found;
    histogram.counts[at] = (histogram.counts[at] ?? 0) + 1;
    histogram.sumSeconds += seconds;
  }

  /** A stream was begun, or refused. How long it lasts is the client's choice, and no latency. */
  opened(method: MethodName, outcome: RequestOutcome): void {
    this.#count(method, outcome);
  }

  /** By method, in alphabetical order. */
  latencies(): readonly (readonly [MethodName, Readonly<LatencyHistogram>])[] {
    return sorted(this.#latencies);
  }

  outcomes(): readonly (readonly [MethodName, ReadonlyMap<RequestOutcome, number>])[] {
    return sorted(this.#outcomes);
  }

  #count(method: MethodName, outcome: RequestOutcome): void {
    const counts = this.#outcomes.get(method) ?? new Map<RequestOutcome, number>();
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    this.#outcomes.set(method, counts);
  }

  #histogramOf(method: MethodName): LatencyHistogram {
    const known = this.#latencies.get(method);
    if (known !== undefined) return known;
    const histogram = { counts: new Uint32Array(LATENCY_BOUNDS_SECONDS.length + 1), sumSeconds: 0 };
    this.#latencies.set(method, histogram);
    return histogram;
  }
}

function sorted<Value>(map: ReadonlyMap<MethodName, Value>): readonly (readonly [MethodName, Value])[] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1));
}
