/** Reads of the state database whose failure is an answer. */

import { type ErrorBody, errorBody } from '../../../protocol/errors.ts';
import { failure, type Result } from '../../../protocol/result.ts';

/** What of the store is needed. */
export interface ReadableDatabase {
  read<Value>(work: () => Value): Result<Value, { readonly message: string }>;
}

export class Reader {
  readonly #database: ReadableDatabase;

  constructor(database: ReadableDatabase) {
    this.#database = database;
  }

  /** Failure: `unavailable`, with the database's own words. */
  read<Value>(work: () => Value): Result<Value, ErrorBody> {
    const done = this.#database.read(work);
    if (done.ok) return done;
    return failure(
      errorBody('unavailable', done.failure.message, { hint: 'toru daemon status says what ails it' }),
    );
  }
}
