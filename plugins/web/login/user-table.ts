/** The table `users`. */

import type { Database } from './database.ts';
import type { Revocations } from './revocations.ts';
import type { Role } from './role.ts';

export interface User {
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  /** PHC string. */
  readonly passwordHash: string;
  /** Milliseconds since 1970, like all times here. */
  readonly createdAt: number;
  readonly passwordChangedAt: number;
  readonly lastSignInAt: number | null;
}

/** Letters, digits, `.`, `_`, `-`, `@`; also where it stands in an address. */
export const USER_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

const COLUMNS = `id, name, role, password_hash AS passwordHash, created_at AS createdAt,
  password_changed_at AS passwordChangedAt, last_sign_in_at AS lastSignInAt`;

export class UserTable {
  readonly #database: Database;
  readonly #revocations: Revocations;

  constructor(database: Database, revocations: Revocations) {
    this.#database = database;
    this.#revocations = revocations;
  }

  byName(name: string): User | undefined {
    return this.#database.row<User>(`SELECT ${COLUMNS} FROM users WHERE name = ?`, name);
  }

  byId(id: number): User | undefined {
    return this.#database.row<User>(`SELECT ${COLUMNS} FROM users WHERE id = ?`, id);
  }

  /** Sorted by name. */
  all(): readonly User[] {
    return this.#database.rows<User>(`SELECT ${COLUMNS} FROM users ORDER BY name`);
  }

  get isEmpty(): boolean {
    return this.#database.row('SELECT 1 FROM users LIMIT 1') === undefined;
  }

  /** How many admins there are beside this user. */
  otherAdmins(id: number): number {
    const row = this.#database.row<{ count: number }>(
      "SELECT count(*) AS count FROM users WHERE role = 'admin' AND id <> ?",
      id,
    );
    return row?.count ?? 0;
  }

  /** The id; undefined when the name is taken. */
  add(name: string, role: Role, passwordHash: string, now: number): number | undefined {
    const { changes, lastId } = this.#database.change(
      `INSERT INTO users (name, role, password_hash, created_at, password_changed_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (name) DO NOTHING`,
      name,
      role,
      passwordHash,
      now,
      now,
    );
    return changes === 0 ? undefined : lastId;
  }

  setPassword(id: number, passwordHash: string, now: number): void {
    this.#database.change(
      'UPDATE users SET password_hash = ?, password_changed_at = ? WHERE id = ?',
      passwordHash,
      now,
      id,
    );
    this.#revocations.note();
  }

  setRole(id: number, role: Role): void {
    this.#database.change('UPDATE users SET role = ? WHERE id = ?', role, id);
    this.#revocations.note();
  }

  noteSignIn(id: number, now: number): void {
    this.#database.change('UPDATE users SET last_sign_in_at = ? WHERE id = ?', now, id);
  }

  /** Sessions and tokens go with the user. */
  remove(id: number): void {
    this.#database.change('DELETE FROM users WHERE id = ?', id);
    this.#revocations.note();
  }
}
