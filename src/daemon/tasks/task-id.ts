/** Ids of tasks: UUIDs of version 7 (RFC 9562, section 5.7), which sort by the time of asking. */

import { randomBytes } from 'node:crypto';

const WHOLE = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const BEGINNING = /^[0-9a-f-]{4,36}$/;
/** Random bits above the 74 of the standard are not needed; these follow the milliseconds and count up. */
const COUNTER_BITS = 12;
const COUNTER_SIZE = 2 ** COUNTER_BITS;

export function isTaskId(text: string): boolean {
  return WHOLE.test(text);
}

/** A beginning of an id that is long enough to be looked for. */
export function isTaskPrefix(text: string): boolean {
  return BEGINNING.test(text);
}

export class TaskIds {
  #last = 0n;

  /** Above every id that this object has given, also when the clock was set back. */
  next(nowMs: number): string {
    const wanted = BigInt(Math.max(0, Math.floor(nowMs * COUNTER_SIZE)));
    this.#last = wanted > this.#last ? wanted : this.#last + 1n;
    const time = this.#last.toString(16).padStart(15, '0');
    const random = randomBytes(8);
    random[0] = ((random[0] ?? 0) & 0x3f) | 0x80;
    const rest = random.toString('hex');
    return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${time.slice(12, 15)}-${rest.slice(0, 4)}-${rest.slice(4)}`;
  }
}
