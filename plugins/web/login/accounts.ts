/** Everything that is kept of users, and the clock that it is kept by. */

import { AttemptTable } from './attempt-table.ts';
import { AuditTable } from './audit-table.ts';
import { Database } from './database.ts';
import { IdentityCache } from './identity-cache.ts';
import { Passwords } from './password.ts';
import { Revocations } from './revocations.ts';
import { SessionTable } from './session-table.ts';
import { TokenTable } from './token-table.ts';
import { UserTable } from './user-table.ts';

/** Milliseconds since 1970. */
export type Now = () => number;

export class Accounts {
  readonly users: UserTable;
  readonly sessions: SessionTable;
  readonly tokens: TokenTable;
  readonly attempts: AttemptTable;
  readonly audit: AuditTable;
  readonly passwords = new Passwords();
  readonly now: Now;
  readonly revocations = new Revocations();
  readonly identities = new IdentityCache(() => this.#database.generation);
  readonly #database: Database;

  /** Throws when the file cannot be opened. */
  constructor(file: string, now: Now = Date.now) {
    this.#database = new Database(file);
    this.now = now;
    this.users = new UserTable(this.#database, this.revocations);
    this.sessions = new SessionTable(this.#database, this.revocations);
    this.tokens = new TokenTable(this.#database, this.revocations);
    this.attempts = new AttemptTable(this.#database);
    this.audit = new AuditTable(this.#database);
  }

  /**
   * From now on no request waits for another process that writes for longer than a moment.
   * @param onFault told once that times of use cannot be written, and (undefined) once that they can again
   */
  serve(onFault: (reason: string | undefined) => void): void {
    this.#database.serve();
    this.#database.onSpareFault = onFault;
  }

  transaction<Value>(work: () => Value): Value {
    return this.#database.transaction(work);
  }

  close(): void {
    this.#database.close();
  }
}
