/** WHERE clauses of the lists that people ask for. */

import { formatTime, parseTime } from '../base/clock.ts';
import type { SqlValue } from './database.ts';

/** Conditions and their values, in the same order. */
export class Conditions {
  readonly #clauses: string[] = [];
  readonly values: SqlValue[] = [];

  /** Adds a condition with one `?`, unless the value is absent. */
  add(clause: string, value: SqlValue | undefined): this {
    if (value === undefined) return this;
    this.#clauses.push(clause);
    this.values.push(value);
    return this;
  }

  /** Adds "column is one of these", unless the list is absent; an empty list matches nothing. */
  addOneOf(column: string, list: readonly string[] | undefined): this {
    const clause = `${column} IN (SELECT value FROM json_each(?))`;
    return this.add(clause, list === undefined ? undefined : JSON.stringify(list));
  }

  /** `WHERE …`, or nothing. */
  toString(): string {
    return this.#clauses.length === 0 ? '' : `WHERE ${this.#clauses.join(' AND ')}`;
  }
}

const CANONICAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** An RFC 3339 time in the form that the tables hold, which can be compared as text. Throws a RangeError when it is none. */
export function comparableTime(text: string): string {
  if (CANONICAL.test(text)) return text;
  const ms = parseTime(text);
  if (Number.isNaN(ms)) throw new RangeError(`not an RFC 3339 time: ${text}`);
  return formatTime(ms);
}
