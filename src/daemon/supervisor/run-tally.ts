/** What torud itself counts of the run that lives now, and needs when it ends. */

export class RunTally {
  #linesLost = 0;
  #readySince: number | undefined;

  /** Log lines that were dropped in this run. */
  get linesLost(): number {
    return this.#linesLost;
  }

  lost(lines: number): void {
    this.#linesLost += lines;
  }

  /** @param nowMs monotonic */
  ready(nowMs: number): void {
    this.#readySince = nowMs;
  }

  reset(): void {
    this.#linesLost = 0;
    this.#readySince = undefined;
  }

  /**
   * How long the run can have been ready at most; no property when another torud saw it get ready.
   * @param nowMs monotonic
   */
  readySpan(nowMs: number): { readonly readyAtMostMs?: number } {
    return this.#readySince === undefined ? {} : { readyAtMostMs: nowMs - this.#readySince };
  }
}
