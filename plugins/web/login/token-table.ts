/** The table `tokens`: what scripts sign in with. Shown once, stored as a hash. */

import { sanitiseField } from '../../../src/cli/output/sanitise.ts';
import type { Database } from './database.ts';
import type { Revocations } from './revocations.ts';
import type { Role } from './role.ts';
import { hashSecret, makeSecret } from './secret.ts';

/** So that a token is known for what it is where it does not belong. */
export const TOKEN_PREFIX = 'toru_';

export const DEFAULT_TOKEN_DAYS = 90;
export const MAX_TOKEN_DAYS = 366;
/** A plugin's id, or a pattern over ids. */
export const TOKEN_PATTERN = /^[a-z0-9*][a-z0-9._*-]{0,63}$/;
const MAX_NAME_LENGTH = 100;

/** What a token's name must be, and this one is not; undefined for a good one. Names are printed where terminals read them. */
export function tokenNameFault(name: string): string | undefined {
  const isGood = name.length <= MAX_NAME_LENGTH && name.trim() !== '' && sanitiseField(name) === name;
  return isGood
    ? undefined
    : `one line of 1 to ${MAX_NAME_LENGTH} characters without control characters and marks that turn the direction of writing`;
}

const TOUCH_EVERY_MS = 60_000;

export interface Token {
  readonly id: number;
  readonly userId: number;
  readonly userName: string;
  readonly name: string;
  /** The most that it may do; less where its user may do less. */
  readonly role: Role;
  /** Ids, or patterns with `*`, of the plugins that it may be used for; `*` for all. */
  readonly plugins: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly lastUsedAt: number | null;
}

export interface TokenRequest {
  readonly userId: number;
  readonly name: string;
  readonly role: Role;
  readonly plugins: readonly string[];
  readonly expiresAt: number;
}

type Row = Omit<Token, 'plugins'> & { readonly plugins: string };

const SELECT = `SELECT tokens.id, user_id AS userId, users.name AS userName, tokens.name, tokens.role, plugins,
  tokens.created_at AS createdAt, expires_at AS expiresAt, last_used_at AS lastUsedAt
  FROM tokens JOIN users ON users.id = user_id`;

export class TokenTable {
  readonly #database: Database;
  readonly #revocations: Revocations;

  constructor(database: Database, revocations: Revocations) {
    this.#database = database;
    this.#revocations = revocations;
  }

  /** @returns the token itself, which nobody can know later, and its id */
  add(request: TokenRequest, now: number): { readonly id: number; readonly token: string } {
    const token = `${TOKEN_PREFIX}${makeSecret()}`;
    const { lastId } = this.#database.change(
      `INSERT INTO tokens (hash, user_id, name, role, plugins, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      hashSecret(token),
      request.userId,
      request.name,
      request.role,
      JSON.stringify(request.plugins),
      now,
      request.expiresAt,
    );
    return { id: lastId, token };
  }

  /** The token of a request, if it is one of ours and still good; remembers that it was used. */
  use(token: string, now: number): Token | undefined {
    if (!token.startsWith(TOKEN_PREFIX)) return undefined;
    const row = this.#database.row<Row>(`${SELECT} WHERE hash = ?`, hashSecret(token));
    if (row === undefined || now >= row.expiresAt) return undefined;
    if (now >= (row.lastUsedAt ?? 0) + TOUCH_EVERY_MS) {
      this.#database.changeIfPossible('UPDATE tokens SET last_used_at = ? WHERE id = ?', now, row.id);
    }
    return fromRow(row);
  }

  byId(id: number): Token | undefined {
    const row = this.#database.row<Row>(`${SELECT} WHERE tokens.id = ?`, id);
    return row === undefined ? undefined : fromRow(row);
  }

  /** All, or those of one user; oldest first. */
  list(userId?: number): readonly Token[] {
    const rows =
      userId === undefined
        ? this.#database.rows<Row>(`${SELECT} ORDER BY tokens.id`)
        : this.#database.rows<Row>(`${SELECT} WHERE user_id = ? ORDER BY tokens.id`, userId);
    return rows.map(fromRow);
  }

  /** False when there is none. */
  remove(id: number): boolean {
    const { changes } = this.#database.change('DELETE FROM tokens WHERE id = ?', id);
    this.#revocations.note();
    return changes > 0;
  }

  removeAllOf(userId: number): void {
    this.#database.change('DELETE FROM tokens WHERE user_id = ?', userId);
    this.#revocations.note();
  }
}

function fromRow(row: Row): Token {
  return { ...row, plugins: JSON.parse(row.plugins) as readonly string[] };
}
