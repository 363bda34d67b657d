/** Places for what lasts: so many in all, some of them for admins alone, and so many for one user that others find one. */

import { errorBody } from '../../../src/protocol/errors.ts';
import type { RouteError } from '../api/problem.ts';
import type { Identity } from '../login/identity.ts';

export interface SeatLimits {
  readonly all: number;
  /** Of all, for those who are no admins. */
  readonly others: number;
  /** Of one user. */
  readonly user: number;
}

export type Sitter = Pick<Identity, 'userId' | 'role'>;
/** Why there is no place. */
export type NoSeat = RouteError;

const FULL: NoSeat = { error: errorBody('busy', 'too many are here already'), status: 503 };

export class Seats {
  readonly #limits: SeatLimits;
  readonly #byUser = new Map<number, number>();
  #taken = 0;

  constructor(limits: SeatLimits) {
    this.#limits = limits;
  }

  /** undefined: there is one more now, and has to be given back; or why not. */
  take({ userId, role }: Sitter): NoSeat | undefined {
    const { all, others, user } = this.#limits;
    const own = this.#byUser.get(userId) ?? 0;
    if (own >= user) {
      return { error: errorBody('busy', `a user has at most ${user} of these at the same time`) };
    }
    if (this.#taken >= (role === 'admin' ? all : others)) return FULL;
    this.#byUser.set(userId, own + 1);
    this.#taken += 1;
    return undefined;
  }

  giveBack({ userId }: Sitter): void {
    const own = this.#byUser.get(userId) ?? 0;
    if (own <= 1) this.#byUser.delete(userId);
    else this.#byUser.set(userId, own - 1);
    this.#taken -= 1;
  }
}
