/** The module's log: lines on stderr, which torud keeps. A flood of the same kind is cut, and the cut is said. */

import { createLog, type Log } from '../../sdk/log.ts';

/** So many lines of one kind in so long a time. */
const MAX_LINES = 20;
const PERIOD_MS = 10_000;

export class WebLog {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #kinds = new Map<string, { since: number; lines: number; left: number }>();

  constructor(log: Log = createLog(), now: () => number = Date.now) {
    this.#log = log;
    this.#now = now;
  }

  info(text: string): void {
    this.#log.info(oneLine(text));
  }

  error(text: string): void {
    this.#log.err(oneLine(text));
  }

  warning(text: string): void {
    this.#log.warning(oneLine(text));
  }

  /** What strangers can cause as often as they like. @param kind what is counted together: few words of ours */
  often(kind: string, text: string): void {
    const now = this.#now();
    const tally = this.#kinds.get(kind);
    if (tally === undefined || now - tally.since >= PERIOD_MS) {
      if (tally !== undefined && tally.left > 0)
        this.#log.warning(`${kind}: ${tally.left} more were not logged`);
      this.#kinds.set(kind, { since: now, lines: 1, left: 0 });
      this.#log.warning(oneLine(`${kind}: ${text}`));
    } else if (tally.lines < MAX_LINES) {
      tally.lines += 1;
      this.#log.warning(oneLine(`${kind}: ${text}`));
    } else tally.left += 1;
  }
}

/** Nobody may forge a line, or drive the terminal of whoever reads the log. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, '?').slice(0, 1000);
}
